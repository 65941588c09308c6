# SPDX-License-Identifier: Apache-2.0
"""What a request means to the model: its words, its seeds, its length, what it goes on from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.aside import aside
from models.engine import Request
from models.errors import BadArgument
from models.musicgen.chroma import HOP, RATE_HZ, of_audio, of_notes
from models.musicgen.model import Ask, MusicGen, seeds_of
from models.musicgen.sampling import Sampling
from models.musicgen.tones import tones_of
from models.musicgen.windows import STRIDE_S, WINDOW_S
from models.theory.steps import Steps

TAIL_S = WINDOW_S - STRIDE_S  # of what is continued; no more is heard of it than later windows do


@dataclass(frozen=True, slots=True)
class Question:
    """A request in the model's terms.

    Attributes:
        prompt: the words.
        how: tokens are drawn.
        frames: of new sound.
        known: (1, K, P) tokens to go on from, or None.
        chroma: (frames, bins) from the first known frame on, or None.
        told: what could not be followed, in words.
    """

    prompt: str
    how: Sampling
    frames: int
    known: Tensor | None
    chroma: Tensor | None
    told: tuple[str, ...]

    @property
    def known_frames(self) -> int:
        """Frames to go on from."""
        return 0 if self.known is None else self.known.shape[-1]

    def ask(self, seed: int, first: int, takes: int) -> Ask:
        """The question of some of the takes."""
        known = None if self.known is None else self.known.expand(takes, -1, -1)
        return Ask(
            prompts=(self.prompt,) * takes,
            frames=self.known_frames + self.frames,
            seeds=seeds_of(seed, range(first, first + takes)),
            how=self.how,
            known=known,
            chroma=self.chroma,
        )


def question(model: MusicGen, request: Request) -> Steps[Question]:
    """Put a request in the model's terms; encodes what it goes on from, with pauses.

    Raises:
        BadArgument: there is a melody and no words, and the model follows no melody.
    """
    args = request.args
    how = Sampling(args["temperature"], args["top_k"], args["top_p"], args["guidance"])
    hop = model.config.codec.hop
    frames = math.ceil(request.length_samples / hop)
    tail = _tail(request, hop)
    known: Tensor | None = None
    if tail is not None:
        known = yield from model.codec.encoding(_sides(tail, model), model.channels)
    chroma: Tensor | None = None
    told: tuple[str, ...] = ()
    if _has_melody(request):
        told = _unheard(model, request)
        if not told:
            chroma = yield from aside(lambda: _chroma(request, tail, frames * hop))
    return Question(args["prompt"], how, frames, known, chroma, told)


def _has_melody(request: Request) -> bool:
    return bool(request.clips) or any(sound.role == "melody" for sound in request.audio)


def _unheard(model: MusicGen, request: Request) -> tuple[str, ...]:
    """What is told where the model follows no melody; nothing where it does.

    Raises:
        BadArgument: nothing else was asked.
    """
    if model.config.network.melody:
        return ()
    help_line = "`nextbar models fetch musicgen-melody` has a model that follows one"
    if not request.args["prompt"].strip():
        raise BadArgument(f"This model follows no melody; {help_line}.", where="melody")
    return (f"the melody was not followed: {help_line}",)


def _tail(request: Request, hop: int) -> Tensor | None:
    """The end of the sound to continue (channels, samples), a whole number of frames.

    The end is what matters: it lies on a bar line, and the new sound begins there.
    """
    for sound in request.audio:
        if sound.role == "continue":
            samples = torch.from_numpy(sound.clip.samples)
            frames = min(samples.shape[-1], TAIL_S * RATE_HZ) // hop
            return samples[:, samples.shape[-1] - frames * hop :] if frames else None
    return None


def _sides(samples: Tensor, model: MusicGen) -> Tensor:
    """(1, channels, samples) with as many channels as the model has."""
    if model.channels == 1:
        samples = samples.mean(0, keepdim=True)
    return samples[None]


def _chroma(request: Request, tail: Tensor | None, samples: int) -> Tensor:
    """The melody from where the known sound begins: of that sound, then what was given."""
    melody = _given(request, samples)
    if tail is None:
        return melody
    before = of_audio(tail.mean(0))[: max(1, round(tail.shape[-1] / HOP))]
    return torch.cat([before, melody])


def _given(request: Request, samples: int) -> Tensor:
    """The melody over so many samples, from its start again where it is shorter."""
    if request.clips:
        seconds, tempo_bpm = samples / RATE_HZ, request.args["tempo_bpm"]
        tones = tones_of(request.clips[0], tempo_bpm, seconds)
        return of_notes(tones, seconds, request.args["melody_line"])
    sound = next(sound for sound in request.audio if sound.role == "melody")
    mono = torch.from_numpy(sound.clip.samples).mean(0)
    if not mono.numel():
        return of_audio(torch.zeros(samples))
    return of_audio(mono.repeat(math.ceil(samples / mono.numel()))[:samples])
