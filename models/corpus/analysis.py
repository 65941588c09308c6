# SPDX-License-Identifier: Apache-2.0
"""Analysis: the key of a piece, and what there is to count in it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.clip import Clip, Scale
from models.corpus.piece import Piece, PieceKey, PiecePart
from models.theory.keys import Key, rank_keys, weigh_notes
from models.tokens.vocabulary import DRUM_ROLES

_FOREIGN = 0.12  # share of notes outside its scale up to which a key signature is believed
_STEPS_PER_BEAT = 24  # the grid that training positions stand on
_OFF_STEPS = 0.02


@dataclass(frozen=True, slots=True)
class Counts:
    """What a piece holds.

    Attributes:
        notes: by role.
        part_bars: bars in which a part of the role begins a note, by role.
        bars: by metre, for the whole piece.
        off_grid: notes that begin more than 1/1200 beat off a grid of 24 steps a beat.
    """

    notes: dict[str, int]
    part_bars: dict[str, int]
    bars: dict[str, int]
    off_grid: int = 0


def count(piece: Piece) -> Counts:
    """Count notes and bars of a piece."""
    notes: Counter[str] = Counter()
    part_bars: Counter[str] = Counter()
    off_grid = 0
    frames: dict[tuple[object, ...], list[float]] = {}
    for part in piece.parts:
        clip = part.clip
        frame = (clip.metre, clip.metre_changes)
        starts = frames.setdefault(frame, _bar_starts(clip, piece.length_beats))
        notes[part.role] += len(clip.notes)
        part_bars[part.role] += len(
            {bisect_right(starts, n.start_beats + 1e-6) for n in clip.notes}
        )
        off_grid += sum(_is_off(note.start_beats * _STEPS_PER_BEAT) for note in clip.notes)
    return Counts(dict(notes), dict(part_bars), _bars_by_metre(piece), off_grid)


def piece_key(parts: Iterable[PiecePart]) -> PieceKey | None:
    """The key of what is pitched; None without a pitched note.

    A key signature that the notes agree with decides the scale; which of its two keys it is,
    the notes decide, because many programs write every signature as major.
    """
    pitched = [part for part in parts if part.role not in DRUM_ROLES and part.clip.notes]
    weights = weigh_notes(note for part in pitched for note in part.clip.notes)
    if not any(weights):
        return None
    ranked = rank_keys(weights, _final(pitched))
    scale = next((part.clip.scale for part in pitched if part.clip.scale), None)
    if scale is not None and _foreign(weights, scale) <= _FOREIGN:
        signed = _first_of_scale(ranked, scale)
        if signed is not None:
            return PieceKey(signed.tonic, signed.minor, round(signed.confidence, 4), True)
    best = ranked[0]
    return PieceKey(best.tonic, best.minor, round(best.confidence, 4))


def _first_of_scale(ranked: Sequence[Key], scale: Scale) -> Key | None:
    return next((key for key in ranked if key.pitch_classes == scale.pitch_classes), None)


def _foreign(weights: Sequence[float], scale: Scale) -> float:
    outside = sum(w for pitch_class, w in enumerate(weights) if pitch_class not in scale)
    return outside / sum(weights)


def _final(parts: Sequence[PiecePart]) -> int:
    """The lowest pitch class among what sounds last."""
    ends = [(note.end_beats, note.pitch) for part in parts for note in part.clip.notes[-12:]]
    last = max(end for end, _ in ends)
    return min(pitch for end, pitch in ends if end > last - 0.25) % 12


def _is_off(steps: float) -> bool:
    return abs(steps - round(steps)) > _OFF_STEPS


def _bar_starts(clip: Clip, length_beats: float) -> list[float]:
    return [bar.start_beats for bar in clip.bars(0.0, length_beats)]


def _bars_by_metre(piece: Piece) -> dict[str, int]:
    if not piece.parts:
        return {}
    bars = piece.parts[0].clip.bars(0.0, piece.length_beats)
    return dict(Counter(str(bar.metre) for bar in bars))
