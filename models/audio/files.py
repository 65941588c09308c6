# SPDX-License-Identifier: Apache-2.0
"""Audio files, read and written by libsndfile: WAV, AIFF, FLAC, Ogg, MP3 in, 24-bit WAV out."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.audio.clip import LOWEST_RATE_HZ, AudioClip
from models.audio.resample import with_channels
from models.errors import BadFile
from models.files import write_whole
from models.places import fault_of

if TYPE_CHECKING:
    from models.audio.clip import Samples

MAX_SECONDS = 3600.0
SUFFIXES = (".wav", ".wave", ".aif", ".aiff", ".flac", ".ogg", ".mp3")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the head of a file says."""

    sample_rate_hz: int
    channels: int
    length_samples: int

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return self.length_samples / self.sample_rate_hz


def facts(path: str | os.PathLike[str]) -> Facts:
    """What kind of sound a file holds.

    Raises:
        BadFile: it can't be read, is not audio, is empty, longer than an hour or of a strange
            rate.
    """
    with _opened(path) as file:
        found = Facts(file.samplerate, file.channels, file.frames)
    if not found.length_samples:
        raise _bad(path, "holds no sound; choose another file")
    if found.sample_rate_hz < LOWEST_RATE_HZ:
        raise _bad(path, f"has a sample rate of {found.sample_rate_hz} Hz; export it at 44100")
    if found.seconds > MAX_SECONDS:
        raise _bad(path, f"is {found.seconds / 60:.0f} minutes long; cut it to an hour at most")
    return found


def read(path: str | os.PathLike[str], start: int = 0, count: int = -1) -> AudioClip:
    """The sound in a file; more than two channels become one.

    Args:
        path: of the file.
        start: the first sample that is read.
        count: how many are read; -1 for all to the end.

    Raises:
        BadFile: as `facts` does, or it holds numbers that are no sound.
    """
    import numpy as np

    rate = facts(path).sample_rate_hz
    with _opened(path) as file:
        try:
            file.seek(start)
            samples = file.read(count, dtype="float32", always_2d=True).T
        except (RuntimeError, ValueError) as error:
            raise _bad(path, f"is damaged ({_why(error)}); export it again") from error
    if not samples.size or not np.isfinite(samples).all():
        raise _bad(path, "is damaged or ends before it should; export it again")
    few = samples if samples.shape[0] <= 2 else with_channels(samples, 1)
    return AudioClip(np.ascontiguousarray(few), rate)


def wav_bytes(samples: Samples, sample_rate_hz: int) -> bytes:
    """A WAV file of 24 bits; what is over full scale is clipped."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples.T, sample_rate_hz, format="WAV", subtype="PCM_24")
    return buffer.getvalue()


def write(path: str | os.PathLike[str], samples: Samples, sample_rate_hz: int) -> None:
    """Write a WAV file whole or not at all.

    Raises:
        BadFile: it can't be written; nothing is left behind.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, wav_bytes(samples, sample_rate_hz))
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise BadFile(
            f"{path} can't be written: {reason}; free some room or name another folder.",
            where="takes_folder",
        ) from error


def _opened(path: str | os.PathLike[str]) -> Any:
    import soundfile

    if fault := fault_of(path):
        raise _bad(path, fault)
    try:
        return soundfile.SoundFile(Path(path))
    except (RuntimeError, OSError, TypeError) as error:
        raise _bad(path, f"is not audio that can be read ({_why(error)}); give a WAV") from error


def _why(error: Exception) -> str:
    """The library's own words, without the path that it repeats."""
    return str(getattr(error, "error_string", error)).rsplit(": ", 1)[-1].strip().rstrip(".")


def _bad(path: str | os.PathLike[str], what: str) -> BadFile:
    return BadFile(f"{path} {what}.", where=str(path))
