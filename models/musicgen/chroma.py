# SPDX-License-Identifier: Apache-2.0
"""Melodies as a melody model hears them: which pitch class is loudest, about eight times a second.

From audio: power spectra of 16,384 samples, 4,096 apart, folded into twelve classes by the filters
of librosa's `filters.chroma` (Ellis 2007, "Chroma feature analysis and synthesis"), of which the
loudest is kept; as facebookresearch/audiocraft, `modules/chroma.py`. From notes: no audio is made;
each frame weighs the notes under its window as their spectrum would. So a bass line or a lead
from the DAW becomes the very frames that a clean recording of it would give.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from models.musicgen.tones import Tone

CLASSES = 12
WINDOW = 16_384  # samples
HOP = 4_096
RATE_HZ = 32_000
CENTRE_OCTAVE, WIDTH_OCTAVES = 5.0, 2.0  # what of the spectrum counts most
Line = Literal["top", "bass", "loudest", "all"]


def frames_in(samples: int) -> int:
    """Frames of so many samples."""
    return 1 + max(samples, WINDOW) // HOP


def of_audio(audio: Tensor, bins: int = CLASSES) -> Tensor:
    """Frames (T, bins) of mono audio (samples,) at 32 kHz, each with one class."""
    short = max(0, WINDOW - audio.shape[-1])
    audio = functional.pad(audio.float(), (short // 2, short - short // 2))
    spectrum = torch.stft(
        audio,
        WINDOW,
        HOP,
        window=torch.hann_window(WINDOW, device=audio.device),
        normalized=True,
        pad_mode="reflect",
        return_complex=True,
    )
    power = spectrum.abs().square()  # (WINDOW / 2 + 1, T)
    return _one_hot((filters(bins).to(audio.device) @ power).T)


def of_notes(tones: Iterable[Tone], seconds: float, line: Line = "loudest") -> Tensor:
    """Frames (T, 12) of notes; where nothing sounds, the frame of silence.

    Args:
        tones: in any order.
        seconds: of the piece; frames beyond its end there are none.
        line: which note counts where several sound: the highest, the lowest, the loudest pitch
            class, or all of them. The models have only seen one at a time.
    """
    weights = torch.stack([_weights(heard, line) for heard in _heard(tones, seconds)])
    if line == "all":
        return _many_hot(weights)
    return _one_hot(weights)


def _heard(tones: Iterable[Tone], seconds: float) -> list[list[tuple[Tone, float]]]:
    """For each frame the tones under its window, the earliest first, with their share of it."""
    frames: list[list[tuple[Tone, float]]] = [
        [] for _ in range(frames_in(round(seconds * RATE_HZ)))
    ]
    half_s, hop_s = WINDOW / RATE_HZ / 2, HOP / RATE_HZ
    for tone in sorted(tones, key=lambda tone: tone.start_s):
        first = max(0, math.floor((tone.start_s - half_s) / hop_s))
        last = min(len(frames) - 1, math.ceil((tone.end_s + half_s) / hop_s))
        for frame in range(first, last + 1):
            share = _share(tone, frame * hop_s)
            if share > 0:
                frames[frame].append((tone, share))
    return frames


def _weights(heard: Sequence[tuple[Tone, float]], line: Line) -> Tensor:
    """How much of each pitch class sounds in a frame."""
    found = torch.zeros(CLASSES)
    if line in {"top", "bass"} and heard:
        # The note that fills the window counts, not one whose first or last moment touches it.
        most = max(share for _, share in heard)
        full = [tone.pitch for tone, share in heard if share > most / 2]
        found[(max(full) if line == "top" else min(full)) % CLASSES] = 1
        return found
    for tone, share in heard:
        found[tone.pitch % CLASSES] += (tone.loudness * share) ** 2
    return found


def _share(tone: Tone, centre_s: float) -> float:
    """How much of the window's weight a tone has; the window is a raised cosine."""
    half = WINDOW / RATE_HZ / 2
    start, end = (_reached((t - centre_s) / half) for t in (tone.start_s, tone.end_s))
    return end - start


def _reached(place: float) -> float:
    """The part of a raised cosine from -1 to 1 that lies before a place."""
    place = min(1.0, max(-1.0, place))
    return (place + 1) / 2 + math.sin(math.pi * place) / (2 * math.pi)


def _one_hot(raw: Tensor) -> Tensor:
    """The loudest class of each frame; of silence the first, as the models learned it."""
    return functional.one_hot(raw.argmax(-1), raw.shape[-1]).float()


def _many_hot(raw: Tensor) -> Tensor:
    silent = raw.sum(-1, keepdim=True) == 0
    return torch.where(silent, _one_hot(raw), (raw > 0).float())


def filters(bins: int = CLASSES) -> Tensor:
    """What a spectrum's bins count for each class, C first: (bins, WINDOW / 2 + 1), float32."""
    hertz = torch.arange(1, WINDOW, dtype=torch.float64) * (RATE_HZ / WINDOW)
    place = bins * torch.log2(hertz / (440 / 16))
    place = torch.cat([place[:1] - 1.5 * bins, place])  # 0 Hz: far below the first
    width = torch.cat([(place[1:] - place[:-1]).clamp_min(1), place.new_ones(1)])
    away = place[None] - torch.arange(bins, dtype=torch.float64)[:, None]
    half = round(bins / 2)
    away = torch.remainder(away + half + 10 * bins, bins) - half
    made = torch.exp(-0.5 * (2 * away / width) ** 2)
    made = made / made.square().sum(0, keepdim=True).sqrt()
    octave = (place / bins - CENTRE_OCTAVE) / WIDTH_OCTAVES
    made = made * torch.exp(-0.5 * octave**2)
    return made.roll(-3 * (bins // CLASSES), 0)[:, : WINDOW // 2 + 1].float()  # from A to C
