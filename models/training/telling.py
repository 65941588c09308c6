# SPDX-License-Identifier: Apache-2.0
"""What target cells are told of their answer, so that the same may be asked for, or not.

Most people ask for nothing, or turn one knob for the whole clip. So a good part of the scenes say
nothing; in most others the same kinds are told of every cell and the range is that of the part;
in the rest each cell has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from random import Random
from typing import Any

from models.tokens.controls import measured
from models.tokens.encode import lay_out
from models.tokens.scene import Controls, Scene

TELL_NOTHING = 0.3  # of scenes
TELL_EACH = 0.5  # of the others, each kind of control
UNEVEN = 0.3  # of the others: kinds are drawn, and ranges are measured, cell by cell
LOOSE_SEMITONES = 5  # a range reaches so far at most past the notes: players use less than they may

KINDS = tuple(field.name for field in fields(Controls))


def with_controls(scene: Scene, rng: Random) -> Scene:
    """The scene with some of what its answer measures told to its target cells."""
    if rng.random() < TELL_NOTHING:
        return scene
    layout = lay_out(scene)
    known = [measured(layout, cell) for cell in scene.cells]
    uneven = rng.random() < UNEVEN
    if not uneven:
        known = _widened(known, [cell.part for cell in scene.cells])
    slack = rng.randint(0, LOOSE_SEMITONES), rng.randint(0, LOOSE_SEMITONES)
    kinds = _kinds(rng)
    cells = []
    for cell, controls in zip(scene.cells, known, strict=True):
        kinds = _kinds(rng) if uneven else kinds
        cells.append(replace(cell, controls=_only(_loosened(controls, slack), kinds)))
    return replace(scene, cells=tuple(cells))


def _kinds(rng: Random) -> frozenset[str]:
    return frozenset(kind for kind in KINDS if rng.random() < TELL_EACH)


def _only(controls: Controls, kinds: Iterable[str]) -> Controls:
    kept: dict[str, Any] = {kind: getattr(controls, kind) for kind in kinds}
    return Controls(**kept)


def _widened(known: Sequence[Controls], parts: Sequence[int]) -> list[Controls]:
    """Every cell with the range of all cells of its part; silent ones too, as a user asks."""
    lows: dict[int, int] = {}
    highs: dict[int, int] = {}
    for controls, part in zip(known, parts, strict=True):
        if controls.low_pitch is not None and controls.high_pitch is not None:
            lows[part] = min(controls.low_pitch, lows.get(part, 127))
            highs[part] = max(controls.high_pitch, highs.get(part, 0))
    return [
        replace(controls, low_pitch=lows.get(part), high_pitch=highs.get(part))
        for controls, part in zip(known, parts, strict=True)
    ]


def _loosened(controls: Controls, slack: tuple[int, int]) -> Controls:
    """The range with some semitones more on each side."""
    low, high = controls.low_pitch, controls.high_pitch
    return replace(
        controls,
        low_pitch=None if low is None else max(0, low - slack[0]),
        high_pitch=None if high is None else min(127, high + slack[1]),
    )
