# SPDX-License-Identifier: Apache-2.0
"""From notes to samples, chunk by chunk: who sounds in a chunk, where it sits, how loud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.engines.tonebank import CHUNK, RATE_HZ
from models.engines.tonebank.kit import KIT, Floats, Hit, noises, strike
from models.engines.tonebank.voices import VOICES, Voice, length_s, tone
from models.engines.tonebank.words import Wanted
from models.engines.tonebank.writing import Part
from models.percussion.lanes import read_kit

if TYPE_CHECKING:
    from models.audio.clip import Samples

MOST_NOTES = 48  # at once
_PANS = (0.0, -0.25, 0.3, -0.4, 0.15)
_GAIN = 0.16
_HISS, _CRACKLE = 0.0012, 0.03


@dataclass(frozen=True, slots=True)
class Sounding:
    """One note on the time line, in seconds."""

    start_s: float
    end_s: float
    held_s: float
    pitch: int
    gain: float
    pan: float
    sound: Voice | Hit


def time_line(parts: Sequence[Part], tempo_bpm: float, length_s_: float) -> list[Sounding]:
    """Every note that begins within the length, by onset; the parts repeat when it is longer."""
    notes = [
        sounding
        for index, part in enumerate(parts)
        for sounding in _of_part(part, _PANS[index % len(_PANS)], 60 / tempo_bpm, length_s_)
    ]
    return sorted(notes, key=lambda note: note.start_s)


def _of_part(part: Part, pan: float, beat_s: float, length_s_: float) -> Iterator[Sounding]:
    clip = part.clip
    lanes = read_kit(clip).lanes if clip.kind == "drums" else {}
    round_s = clip.loop_beats * beat_s
    passes = 1 + int(length_s_ / round_s)
    for number in range(passes):
        for note in clip.playing():
            start_s = number * round_s + (note.start_beats - clip.loop_start_beats) * beat_s
            if start_s >= length_s_:
                break
            held_s = note.duration_beats * beat_s
            gain = (note.velocity / 127) ** 1.6
            if clip.kind == "drums":
                hit = KIT[lanes.get(note.pitch)]
                end_s = start_s + hit.length_s
                yield Sounding(start_s, end_s, held_s, note.pitch, gain, pan / 2, hit)
            else:
                voice = VOICES[part.sound]
                end_s = start_s + length_s(voice, held_s)
                yield Sounding(start_s, end_s, held_s, note.pitch, gain, pan, voice)


def render(
    notes: Sequence[Sounding], length_samples: int, wanted: Wanted, noise: Floats
) -> Iterator[Samples]:
    """The sound in stereo, in chunks of an eighth of a second."""
    waiting, active = 0, list[Sounding]()
    by_sharpness = noises(noise)
    for start in range(0, length_samples, CHUNK):
        end = min(start + CHUNK, length_samples)
        times_s = np.arange(start, end) / RATE_HZ
        while waiting < len(notes) and notes[waiting].start_s < end / RATE_HZ:
            active.append(notes[waiting])
            waiting += 1
        active = [note for note in active if note.end_s > start / RATE_HZ][-MOST_NOTES:]
        mix = np.zeros((2, end - start))
        for note in active:
            wave = note.gain * _wave(note, times_s - note.start_s, wanted, by_sharpness)
            mix[0] += wave * (1 - note.pan) / 2
            mix[1] += wave * (1 + note.pan) / 2
        yield np.tanh(2 * _GAIN * mix + _dust(times_s, wanted.dust, noise)).astype(np.float32)


def _wave(note: Sounding, times_s: Floats, wanted: Wanted, noise: tuple[Floats, ...]) -> Floats:
    if isinstance(note.sound, Hit):
        return strike(note.sound, times_s, noise, RATE_HZ)
    return tone(note.sound, note.pitch, note.held_s, times_s, wanted.brightness)


def _dust(times_s: Floats, dust: float, noise: Floats) -> Floats | float:
    """Hiss, and a crackle where the noise stands out most."""
    if not dust:
        return 0.0
    at = np.rint(times_s * RATE_HZ).astype(np.int64) % noise.size
    hiss = noise[at]
    crackle = np.where(np.abs(hiss) > 3.6, np.sign(hiss), 0.0)
    return dust * (_HISS * hiss + _CRACKLE * crackle)
