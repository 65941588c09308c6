# SPDX-License-Identifier: Apache-2.0
"""The shortfall of a candidate: how far it is from what was asked of its cells."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from models.clip import Note
from models.engines.clip.gates import Look
from models.engines.clip.passage import Bar
from models.tokens.controls import density_bucket
from models.tokens.grid import Placed
from models.tokens.likeness import similarity, similarity_bucket
from models.tokens.vocabulary import TICKS_PER_QUARTER


def missed(look: Look) -> float:
    """Mean buckets by which density and similarity miss what was asked; 0 without wishes."""
    found = [gap for place in range(len(look.places)) for gap in _gaps(look, place)]
    return fmean(found) if found else 0.0


def _gaps(look: Look, place: int) -> Iterable[int]:
    wish, number = look.wishes[place], look.places[place]
    bar = look.line.bars[number]
    if wish.density is not None:
        onsets = {hit.start for hit in bar.hits}
        beats = (bar.end - bar.start) / TICKS_PER_QUARTER
        yield abs(wish.density - density_bucket(len(onsets) / beats))
    like = _compared(look, number)
    if wish.similarity is not None and like is not None:
        alike = similarity(_placed(bar), _placed(like))
        yield abs(wish.similarity - similarity_bucket(alike))


def _compared(look: Look, number: int) -> Bar | None:
    """What similarity is measured against: the draft of the bar, or else the bar before."""
    if look.reworked:
        return look.source.bars[number]
    return look.line.bars[number - 1] if number else None


def _placed(bar: Bar) -> list[Placed]:
    """The bar's hits as similarity takes them."""
    beats = 1 / TICKS_PER_QUARTER
    return [
        Placed(
            hit.start - bar.start,
            hit.end - hit.start,
            hit.pitch,
            Note(hit.pitch, hit.start * beats, (hit.end - hit.start) * beats),
        )
        for hit in bar.hits
    ]
