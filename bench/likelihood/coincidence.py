# SPDX-License-Identifier: Apache-2.0
"""The plainest listener: does a part strike where the parts around it strike?

What a network adds to this in telling the right accompaniment from a wrong one, it has learnt.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import StatisticsError, correlation

from models.clip import Note
from models.tokens.scene import Scene
from models.tokens.vocabulary import TICKS_PER_QUARTER

STEPS_PER_BEAT = 4  # sixteenths


def coincidence(scene: Scene) -> float:
    """Correlation, over the sixteenths of a scene, of its target's strikes with those around it.

    The target counts as striking or not, the others by how many of them strike; 0 where either
    strikes always or never.
    """
    bar = scene.bars[-1]
    steps = round((bar.start_beats + bar.ticks / TICKS_PER_QUARTER) * STEPS_PER_BEAT)
    targets = {cell.part for cell in scene.cells}
    own, others = [0.0] * steps, [0.0] * steps
    for number, part in enumerate(scene.parts):
        struck = _struck(part.clip.notes, steps)
        for step in struck:
            if number in targets:
                own[step] = 1.0
            else:
                others[step] += 1.0
    try:
        return correlation(own, others)
    except StatisticsError:
        return 0.0


def _struck(notes: Iterable[Note], steps: int) -> set[int]:
    found = {round(note.start_beats * STEPS_PER_BEAT) for note in notes}
    return {step for step in found if 0 <= step < steps}
