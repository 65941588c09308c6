# SPDX-License-Identifier: Apache-2.0
"""Draws audio files as waveforms, in the terminal or into a picture."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from bridge.cli.output import counted
from bridge.pictures import draw_waves
from bridge.pictures.waveform import COLUMNS, Wave, text_wave
from models.audio import files as audio_files
from models.audio.clip import AudioFile

NARROWEST, WIDEST = 20, 120


def wave_of(file: AudioFile, columns: int, title: str) -> Wave:
    """The peaks of a file, in so many columns."""
    import numpy as np

    samples = audio_files.read(file.path).samples
    edges = np.linspace(0, samples.shape[1], columns + 1).astype(int)
    parts = (samples[:, a : max(b, a + 1)] for a, b in pairwise(edges))
    peaks = tuple((float(part.min()), float(part.max())) for part in parts)
    facts = [counted(file.bars, "bar"), f"{file.seconds:.2f} s", f"{file.tempo_bpm:g} bpm"]
    if math.isfinite(file.loudness_lufs):
        facts.append(f"{file.loudness_lufs:.1f} LUFS")
    return Wave(title, ", ".join(facts), peaks, file.bars)


def save_waves(files: Sequence[AudioFile], path: str) -> None:
    """Draw the takes into a file, .png or .svg.

    Raises:
        BadArgument: its name ends in something else.
        BadFile: it can't be written.
    """
    waves = [wave_of(file, COLUMNS, _title(file, n, len(files))) for n, file in enumerate(files, 1)]
    draw_waves(Path(path), waves)


def show_waves(files: Sequence[AudioFile], out: TextIO) -> None:
    """Draw the takes in the terminal."""
    width = min(WIDEST, max(NARROWEST, shutil.get_terminal_size((100, 24)).columns))
    plain = not _draws_blocks(getattr(out, "encoding", None) or "utf-8")
    for number, file in enumerate(files, 1):
        wave = wave_of(file, width, _title(file, number, len(files)))
        print(text_wave(wave, plain=plain), file=out)


def _title(file: AudioFile, number: int, count: int) -> str:
    take = f"take {number}" if count > 1 else ""
    return ": ".join(part for part in (take, file.name) if part) or "audio"


def _draws_blocks(encoding: str) -> bool:
    try:
        "▁█".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
