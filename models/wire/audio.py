# SPDX-License-Identifier: Apache-2.0
"""Audio as data: samples as raw bytes, finished files as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from models.audio.clip import AudioFile
from models.engine import AudioPartial

if TYPE_CHECKING:
    from models.audio.clip import Samples

_SILENT_DB = -999.0  # JSON has no infinity


def pcm_bytes(samples: Samples) -> bytes:
    """Samples as float32, little-endian, the channels of each moment side by side."""
    data: bytes = samples.T.astype("<f4").tobytes()
    return data


def pcm_samples(data: bytes, channels: int) -> Samples:
    """The samples that `pcm_bytes` wrote."""
    import numpy as np

    flat = np.frombuffer(data, "<f4").astype(np.float32)
    return np.ascontiguousarray(flat.reshape(-1, channels).T)


def audio_partial_to_data(event: AudioPartial) -> dict[str, Any]:
    """New sound as data: numbers that JSON takes, and `pcm`, which is bytes."""
    channels, count = event.samples.shape
    return {
        "take": event.take,
        "start_samples": event.start_samples,
        "samples": count,
        "channels": channels,
        "sample_rate_hz": event.sample_rate_hz,
        "pcm": pcm_bytes(event.samples),
    }


def audio_partial_from_data(data: Mapping[str, Any]) -> AudioPartial:
    """The event that `audio_partial_to_data` wrote."""
    samples = pcm_samples(data["pcm"], data["channels"])
    return AudioPartial(data["take"], data["start_samples"], samples, data["sample_rate_hz"])


def file_to_data(file: AudioFile) -> dict[str, Any]:
    """A finished file as JSON data; `path` tells it from a clip."""
    data = {field.name: getattr(file, field.name) for field in fields(file)}
    for level in ("peak_db", "loudness_lufs"):
        data[level] = max(data[level], _SILENT_DB)
    return {**data, "seconds": file.seconds}


def file_from_data(data: Mapping[str, Any]) -> AudioFile:
    """The file that `file_to_data` wrote."""
    plain = {field.name: data[field.name] for field in fields(AudioFile)}
    for level in ("peak_db", "loudness_lufs"):
        plain[level] = -math.inf if plain[level] <= _SILENT_DB else plain[level]
    return AudioFile(**plain)


def is_file(parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a take's parts are an audio file rather than clips."""
    return len(parts) == 1 and "path" in parts[0]
