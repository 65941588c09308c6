# SPDX-License-Identifier: Apache-2.0
"""Untrained performers and made-up recordings, for tests."""

import numpy as np

from models.clip import Clip, Note
from models.performer.config import PerformerConfig, shapes
from models.performer.network import Network
from models.performer.stored import Ties, Traits, Weights
from models.performer.takes import Take, drum_take

TIED = Ties(0.3, 0.4, 2.0)
SMALL = PerformerConfig(note_width=6, event_width=8, hidden=5, layers=2, head_width=7)


def untrained(seed=0, loud=0.4, config=SMALL):
    """Weights that say anything: wild offsets and velocities are allowed to them."""
    rng = np.random.default_rng(seed)
    arrays = {
        name: rng.normal(0, loud, shape).astype(np.float32)
        for name, shape in shapes(config).items()
    }
    return Weights(Network(config, arrays), Traits(-9.0, TIED, TIED, TIED, TIED), {}, "")


def rock(bars=2, velocity=100.0):
    """Eighths on the hat, kick and snare, as somebody draws them."""
    hats = [Note(42, i / 2, 0.5, velocity) for i in range(8 * bars)]
    kicks = [Note(36, 4.0 * bar + beat, 0.25, velocity) for bar in range(bars) for beat in (0, 2)]
    snares = [Note(38, 4.0 * bar + beat, 0.25, velocity) for bar in range(bars) for beat in (1, 3)]
    return Clip((*hats, *kicks, *snares), 4.0 * bars, kind="drums")


def played(bars=4, tempo_bpm=100.0, seed=0):
    """A drummer: hats late and soft between the beats, snares early and loud."""
    rng = np.random.default_rng(seed)
    habits = {42: (0.03, 60.0), 36: (0.0, 90.0), 38: (-0.02, 110.0)}
    notes = []
    for note in rock(bars).notes:
        later, velocity = habits[note.pitch]
        weak = note.start_beats % 1 != 0
        start = max(0.0, note.start_beats + later * weak + rng.normal(0, 0.012))
        notes.append(Note(note.pitch, start, 0.1, velocity - 20 * weak + rng.uniform(-3, 3)))
    return Clip(tuple(notes), 4.0 * bars, tempo_bpm=tempo_bpm, kind="drums")


def takes(count=6):
    """Recordings of that drummer, one of them to validate on."""
    lanes = {36: 0, 38: 1, 42: 2}
    return [
        Take(
            f"{n}.mid",
            "drummer1",
            "validation" if n == 0 else "train",
            *drum_take(played(seed=n, tempo_bpm=90.0 + 5 * n), lanes, "rock"),
        )
        for n in range(count)
    ]
