# SPDX-License-Identifier: Apache-2.0
"""Steps of the model turned into events: sound as soon as it is final, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from models.engine import Answer, AudioPartial, EngineEvent, Progress, Request, Result
from models.engines.musicgen.asked import Question, question
from models.engines.musicgen.holding import Holder
from models.musicgen.memory import Rung, told
from models.musicgen.model import MusicGen
from models.musicgen.piece import Piece
from models.musicgen.streaming_codec import StreamingDecoder
from models.theory.steps import telling

FIRST_FRAMES = 5  # of the first sound: 100 ms
FRAMES = 25  # of each later piece: half a second
LEAD_FRAMES = 100  # of what is continued that the codec hears, so that it is in its swing
PATIENCE_S = 0.02  # between two signs of life
_READING = 0.1  # of the progress


class Sounding:
    """One request on one rung.

    Attributes:
        heard: whether any sound went out, after which another rung can't take over.
    """

    def __init__(
        self,
        holder: Holder,
        request: Request,
        first: Rung,
        rung: Rung,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A request that has not begun.

        Args:
            holder: of the model.
            request: as the host made it.
            first: the rung that was wished for.
            rung: the one it runs on.
            clock: seconds.
        """
        self.heard = False
        self._holder, self._request, self._rung = holder, request, rung
        self._told = list(told(first, rung))
        self._clock = clock
        self._steps = 0
        self._first_s = 0.0

    def events(self) -> Iterator[EngineEvent]:
        """Everything up to the result.

        Raises:
            torch.OutOfMemoryError: memory ran out.
        """
        begun = self._clock()
        model = yield from telling(self._holder.read(self._rung), _reading)
        began = self._clock()
        asked = yield from telling(question(model, self._request), _listening)
        takes, batch = self._request.takes, self._rung.batch
        for first in range(0, takes, batch):
            yield from self._batch(model, asked, first, min(batch, takes - first), began)
        spent = self._clock() - began
        seconds = asked.frames / model.config.codec.frame_rate * takes
        yield self._result(asked, spent, seconds, {"read_ms": round(1000 * (began - begun), 3)})

    def _batch(
        self, model: MusicGen, asked: Question, first: int, takes: int, began: float
    ) -> Iterator[EngineEvent]:
        """Some takes at once."""
        piece, steps = model.begin(asked.ask(self._request.seed, first, takes))
        out = _Outlet(model, piece, asked.known_frames)
        told_at = self._clock()
        for ready in steps:
            yield from self._given(out.take(ready), first, began)
            if self._clock() - told_at >= PATIENCE_S:
                told_at = self._clock()
                part = (first + takes * ready / piece.frames) / self._request.takes
                stage = "generating" if piece.drawn else "listening"
                yield Progress(_READING + (1 - _READING) * part, stage)
        self._steps += piece.drawn

    def _given(
        self, sound: tuple[int, Tensor] | None, first: int, began: float
    ) -> Iterator[AudioPartial]:
        """New sound of each take, (B, channels, samples) from a sample on."""
        if sound is None:
            return
        if not self.heard:
            self.heard, self._first_s = True, self._clock() - began
        start, audio = sound
        if audio.shape[1] == 1:
            audio = audio.expand(-1, 2, -1)
        for row, samples in enumerate(audio.contiguous().cpu().numpy()):
            yield AudioPartial(first + row, start, samples)

    def _result(
        self, asked: Question, spent_s: float, seconds: float, stats: dict[str, float]
    ) -> Result:
        pace = seconds / max(spent_s, 1e-9)
        if pace < 1:
            self._told.append(
                f"made at {pace:.2f} times real time on {self._rung.device}: it can't be heard "
                "without gaps while it is made"
            )
        stats |= {
            "steps": float(self._steps),
            "step_ms": round(1000 * spent_s / max(1, self._steps), 3),
            "times_real_time": round(pace, 3),
            "first_sound_ms": round(1000 * self._first_s, 3),
        }
        answers = (Answer(),) * self._request.takes
        return Result(answers, (*self._told, *asked.told), stats)


def _reading(part: float) -> Progress:
    return Progress(_READING * part, "loading")


def _listening(_: None) -> Progress:
    return Progress(_READING, "listening")


class _Outlet:
    """Hands out a piece's sound in growing stretches."""

    def __init__(self, model: MusicGen, piece: Piece, known: int) -> None:
        self._decoder = StreamingDecoder(model.codec, model.channels)
        self._piece = piece
        self._hop = model.config.codec.hop
        self._decoded = max(0, known - LEAD_FRAMES)  # frames the codec was given
        self._skip = (known - self._decoded) * self._hop  # samples of what is continued
        self._given = 0  # samples that went out
        self._next = known + FIRST_FRAMES + self._decoder.behind

    def take(self, ready: int) -> tuple[int, Tensor] | None:
        """New sound and where it begins, once there is enough of it."""
        last = ready == self._piece.frames
        if self._decoded == ready or (ready < self._next and not last):
            return None
        tokens = self._piece.tokens[..., self._decoded : ready]
        self._decoded, self._next = ready, ready + FRAMES
        audio = self._decoder.push(tokens, last)
        audio, self._skip = audio[..., self._skip :], max(0, self._skip - audio.shape[-1])
        if not audio.shape[-1]:
            return None
        start = self._given
        self._given += audio.shape[-1]
        return start, torch.nan_to_num(audio)
