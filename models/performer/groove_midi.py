# SPDX-License-Identifier: Apache-2.0
"""Reads the Groove MIDI Dataset (Gillick et al. 2019, CC BY 4.0) with its official split."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from models.clip import Clip
from models.errors import BadFile
from models.midi import read_midi
from models.percussion.lanes import ROLAND_LANES
from models.performer.takes import Take, drum_take

INDEX = "info.csv"
COMMON_TIME = "4-4"


def groove_takes(folder: Path) -> Iterator[Take]:
    """Every take in 4/4 of a folder with `info.csv` in it.

    Raises:
        BadFile: there is no such folder.
    """
    try:
        rows = list(csv.DictReader((folder / INDEX).read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise BadFile(
            f"{folder} holds no {INDEX}: name the folder of the Groove MIDI Dataset.",
            where=str(folder),
        ) from error
    for row in rows:
        if row["time_signature"] == COMMON_TIME:
            style = row["style"].split("/")[0]
            played = drum_take(_clip(folder / row["midi_filename"]), dict(ROLAND_LANES), style)
            yield Take(row["midi_filename"], row["drummer"], row["split"], *played)


def _clip(path: Path) -> Clip:
    """The notes of a file; all are on one drum track."""
    return max((part.clip for part in read_midi(path).parts), key=lambda clip: len(clip.notes))
