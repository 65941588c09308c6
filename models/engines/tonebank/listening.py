# SPDX-License-Identifier: Apache-2.0
"""Notes drawn from a sound: for each half pulse the pitch class that stands out, or a chord a bar.

It is enough to follow a tune that is hummed or to go on in the key of a loop, and no more than
that: pitch classes by spectrum, as a chromagram has them (Fujishima 1999).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.audio.clip import AudioClip
from models.audio.resample import with_channels
from models.clip import Note
from models.engine import AudioInput, Request
from models.notation import metre_of

_LOWEST_HZ, _HIGHEST_HZ = 80.0, 2_000.0
_MELODY_FROM, _CHORD_FROM = 60, 52
_WEAK = 0.1  # of the strongest pitch class: a chord has no weaker ones
_QUIET = 0.02  # of the loudest span


def heard_notes(request: Request) -> list[Note]:
    """Notes that follow the melody given as sound, or else go on in the harmony of the clip."""
    for sound in request.audio:
        if sound.role == "melody":
            return list(_melody(sound, request))
    for sound in request.audio:
        if sound.role == "continue":
            return list(_harmony(sound, request))
    return []


def chroma(clip: AudioClip, span_s: float) -> np.ndarray[Any, Any]:
    """The strength of the twelve pitch classes in each span of so many seconds."""
    mono = with_channels(clip.samples, 1)[0]
    size = max(256, round(span_s * clip.sample_rate_hz))
    rows = [mono[at : at + size] for at in range(0, max(1, mono.size - size // 2), size)]
    hertz = np.fft.rfftfreq(size, 1 / clip.sample_rate_hz)
    used = (hertz >= _LOWEST_HZ) & (hertz <= _HIGHEST_HZ)
    classes = np.rint(69 + 12 * np.log2(hertz[used] / 440)).astype(int) % 12
    strengths = np.zeros((len(rows), 12))
    for index, row in enumerate(rows):
        padded = np.zeros(size)
        padded[: row.size] = row * np.hanning(row.size)
        power = np.square(np.abs(np.fft.rfft(padded)[used]))
        np.add.at(strengths[index], classes, power)
    return strengths


def _melody(sound: AudioInput, request: Request) -> Iterator[Note]:
    """A note each half pulse, tied where the pitch class stays."""
    metre = metre_of(request.args["metre"])
    beats = metre.pulse_beats / 2
    strengths = chroma(sound.clip, beats * 60 / request.args["tempo_bpm"])
    most = strengths.sum(axis=1).max(initial=0.0)
    limit = request.args["bars"] * metre.bar_beats
    begun, current = 0.0, None
    for index in range(len(strengths) + 1):
        row = strengths[index] if index < len(strengths) else np.zeros(12)
        found = int(row.argmax()) if row.sum() > _QUIET * most and most else None
        at = min(index * beats, limit)
        if found != current or at >= limit:
            if current is not None and at > begun:
                pitch = _MELODY_FROM + current
                yield Note(pitch, begun, at - begun, 90.0, origin="new")
            begun, current = at, found


def _harmony(sound: AudioInput, request: Request) -> Iterator[Note]:
    """A chord a bar of the strongest pitch classes, bar by bar from the clip, over again."""
    metre = metre_of(request.args["metre"])
    bar = metre.bar_beats
    strengths = chroma(sound.clip, bar * 60 / request.args["tempo_bpm"])
    for index in range(request.args["bars"]):
        row = strengths[index % len(strengths)]
        if not row.sum():
            continue
        for pitch_class in np.argsort(row)[-3:]:
            if row[pitch_class] < _WEAK * row.max():
                continue
            pitch = _CHORD_FROM + (int(pitch_class) - _CHORD_FROM) % 12
            yield Note(pitch, index * bar, bar, 78.0, origin="new")
