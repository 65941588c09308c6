# SPDX-License-Identifier: Apache-2.0
"""What the knobs of a command ask of the cells to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from models.engines.clip.source import Source
from models.tokens.controls import density_asked
from models.tokens.likeness import BACK_BARS
from models.tokens.scene import Controls
from models.tokens.vocabulary import TICKS_PER_QUARTER

MIDDLE = 0.05  # a knob so near to its middle asks for nothing
_REPEAT = 0.9  # similarity from which on bars shall be those of the clip again
# Onsets a beat that are usual for a role; what a density of new music is relative to.
_USUAL = {"bass": 1.2, "chords": 0.8, "drums": 2.6, "lead": 1.3, "counter": 0.9}

# The same of parts that follow the others: for one onset a beat in these, and the power of that.
# A regression over 260 parts of the training split, 8 bars each.
_BESIDE = {"chords": (0.79, 0.85)}
_FULL = 3  # notes of a chord at once


def controls_of(source: Source, args: Mapping[str, Any]) -> Controls:
    """Wishes for what goes on from a clip or fills it; where nothing is turned, none."""
    density, similarity = float(args.get("density", 1.0)), float(args.get("similarity", 0.5))
    turned = abs(similarity - 0.5) > MIDDLE
    onsets = onsets_per_beat(source)
    return Controls(
        density=None if density == 1 else density_asked(onsets, density),
        similarity=round(4 * similarity) if turned else None,
        reference=_reference(len(source.bars)) if similarity >= _REPEAT else None,
        pace=None if density == 1 else onsets * density,
    )


def role_controls(role: str, args: Mapping[str, Any], beside: Iterable[Source] = ()) -> Controls:
    """Wishes for a new part: its density is relative to what is usual for the role.

    Args:
        role: of the part.
        args: of the command.
        beside: what plays. Beside it chords are told their density and fullness unasked: where
            nothing is told, the network writes twice as many onsets as real ones have, half of
            them single notes.
    """
    density = float(args.get("density", 1.0))
    rates = [onsets_per_beat(source) for source in beside if not source.drums]
    if role in _BESIDE and any(rates):
        at_one, power = _BESIDE[role]
        usual = at_one * fmean(rates) ** power
        return Controls(density=density_asked(usual, density), polyphony=_FULL)
    usual = _USUAL.get(role, 1.0)
    return Controls(density=None if density == 1 else density_asked(usual, density))


def onsets_per_beat(source: Source) -> float:
    """Onsets a quarter note in the bars where the clip plays."""
    onsets = {(note.bar, note.tick) for note in source.notes}
    filled = {bar for bar, _ in onsets}
    ticks = sum(source.bars[bar].ticks for bar in filled)
    return len(onsets) * TICKS_PER_QUARTER / ticks if ticks else 0.0


def _reference(bars: int) -> int:
    """Which earlier bar to repeat: as far back as the clip is long, where that can be said."""
    return BACK_BARS.index(bars) if bars in BACK_BARS and bars else BACK_BARS.index(1)
