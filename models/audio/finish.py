# SPDX-License-Identifier: Apache-2.0
"""From the sound of a take to its file: seam or fades, level, WAV, and what is told of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

from models.audio import files
from models.audio.clip import AudioClip, AudioFile
from models.audio.loudness import levelled, peak_db
from models.audio.plan import Plan
from models.audio.seam import faded, looped
from models.audio.tempo import agrees, in_the_note_value_of, tempo_of
from models.engine import EngineInfo


def finished(clip: AudioClip, plan: Plan) -> tuple[AudioClip, float]:
    """The take at its exact length, with its seam or fades, at the usual level; its loudness."""
    if plan.looped:
        samples = looped(clip.samples, plan.length_samples, clip.sample_rate_hz)
    else:
        bars = clip.samples[:, : plan.length_samples]
        samples = faded(bars, clip.sample_rate_hz, start=not plan.continues, end=True)
    cut = AudioClip(samples, clip.sample_rate_hz, clip.tempo_bpm)
    samples, loudness_lufs = levelled(cut)
    return AudioClip(samples, clip.sample_rate_hz, clip.tempo_bpm), loudness_lufs


def file_of(
    take: AudioClip, plan: Plan, path: Path, licence: str
) -> Generator[None, None, AudioFile]:
    """Finish a take, write it, and say what it is; yields between steps, where it can be stopped.

    Raises:
        BadFile: it can't be written.
    """
    clip, loudness_lufs = finished(take, plan)
    yield
    files.write(path, clip.samples, clip.sample_rate_hz)
    yield
    found = tempo_of(clip, plan.tempo_bpm)
    return AudioFile(
        path=str(path),
        sample_rate_hz=clip.sample_rate_hz,
        channels=clip.channels,
        length_samples=clip.length_samples,
        bars=plan.bars,
        metre=str(plan.metre),
        tempo_bpm=plan.tempo_bpm,
        found_tempo_bpm=found and in_the_note_value_of(found, plan.tempo_bpm),
        peak_db=round(peak_db(clip.samples), 2),
        loudness_lufs=round(loudness_lufs, 2),
        licence=licence,
        name=plan.name,
    )


def off_tempo(file: AudioFile, number: int) -> Iterator[str]:
    """A sentence where the take sounds like another tempo than was asked for."""
    found = file.found_tempo_bpm
    if found is not None and not agrees(found, file.tempo_bpm):
        yield f"take {number} sounds like {found:g} bpm rather than {file.tempo_bpm:g}"


def licence_of(info: EngineInfo) -> str:
    """What stands on every take of an engine; empty when there is nothing to heed."""
    if info.commercial_use:
        return info.weights_licence
    return f"{info.weights_licence}: no commercial use".removeprefix(": ")
