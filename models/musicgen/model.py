# SPDX-License-Identifier: Apache-2.0
"""A loaded checkpoint: text encoder, network and codec, and what one asks of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from models.aside import aside
from models.errors import BadArgument
from models.musicgen.checkpoint import read_network
from models.musicgen.codec import Codec
from models.musicgen.conditions import Conditions, conditions
from models.musicgen.config import Config
from models.musicgen.decoding import Stepper
from models.musicgen.network import Weights
from models.musicgen.opening import opened
from models.musicgen.piece import Piece
from models.musicgen.sampling import Drawing, Noise, Sampling
from models.musicgen.text import TextEncoder
from models.musicgen.windows import STRIDE_S, WINDOW_S, Window, windows
from models.theory.steps import finish, telling

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to the model.

    Attributes:
        prompts: one a take; all empty means that nothing was asked for.
        frames: of the piece, the known ones included.
        seeds: one a take.
        how: tokens are drawn.
        known: (B, K, P) tokens of a prompt to continue, or None.
        chroma: (frames, bins) of a melody to follow from the piece's start, or None.
    """

    prompts: tuple[str, ...]
    frames: int
    seeds: tuple[int, ...]
    how: Sampling
    known: Tensor | None = None
    chroma: Tensor | None = None


class MusicGen:
    """A checkpoint on a device.

    Attributes:
        config: its sizes.
        text, weights, codec: its parts.
        stepper: runs the network.
    """

    def __init__(self, config: Config, text: TextEncoder, weights: Weights, codec: Codec) -> None:
        self.config, self.text, self.weights, self.codec = config, text, weights, codec
        self.stepper = Stepper(weights)

    @classmethod
    def read(cls, folder: Path, device: str = "cpu", dtype: torch.dtype | None = None) -> MusicGen:
        """As `reading`, at one go."""
        return finish(cls.reading(folder, device, dtype))

    @classmethod
    def reading(
        cls, folder: Path, device: str = "cpu", dtype: torch.dtype | None = None
    ) -> Generator[float, None, MusicGen]:
        """Read a folder of either layout; yields how far it is, 0 to 1.

        Args:
            folder: with a checkpoint in the Hugging Face layout, or one of audiocraft.
            device: `cpu`, `cuda` or `mps`.
            dtype: of the network's matrices; None takes float32 on a CPU, float16 elsewhere.

        Raises:
            BadFile: it is no such folder, or incomplete.
            torch.OutOfMemoryError: the device has no room for it.
        """
        if dtype is None:
            dtype = torch.float32 if device == "cpu" else torch.float16
        with ExitStack() as stack:
            found = opened(folder, stack)
            config = found.config
            codec = yield from _paused(0.0, lambda: Codec.read(config.codec, found.rest, device))
            text = yield from _paused(
                0.1, lambda: TextEncoder.read(found.words, config.text, found.rest, device)
            )
            network = read_network(found.network, config.network, device, dtype)
            weights = yield from telling(network, lambda part: 0.2 + 0.8 * part)
        return cls(config, text, weights, codec)

    @property
    def channels(self) -> int:
        """Of its audio."""
        return self.config.network.channels

    @property
    def longest_frames(self) -> int:
        """Of one window."""
        return round(WINDOW_S * self.config.codec.frame_rate)

    def begin(self, ask: Ask) -> tuple[Piece, Iterator[int]]:
        """A piece, and what writes it; each stretch says how many frames are whole.

        Raises:
            BadArgument: a prompt as long as a window, or a melody for a model without.
        """
        batch, books = len(ask.prompts), self.config.network.codebooks
        device = self.weights.device
        known = ask.known
        if known is None:
            known = torch.zeros((batch, books, 0), dtype=torch.long, device=device)
        if known.shape[-1] >= self.longest_frames:
            raise BadArgument(
                f"The audio to continue is longer than {WINDOW_S} s; give its last bars.",
                where="continue",
            )
        shape = (books, self.config.network.vocabulary)
        drawing = Drawing(ask.how, Noise(shape, ask.seeds, device))
        piece = Piece(self.stepper, known, ask.frames, drawing)
        stride = round(STRIDE_S * self.config.codec.frame_rate)
        plan = windows(ask.frames, known.shape[-1], self.longest_frames, stride)
        return piece, _inference(piece.steps(plan, lambda window: self._told(ask, window)))

    def _told(self, ask: Ask, window: Window) -> Conditions:
        """What a window listens to."""
        batch = len(ask.prompts)
        chroma = None
        if ask.chroma is not None:
            chroma = self._melody_at(ask.chroma, window).expand(batch, -1, -1)
        text = self.text(ask.prompts)
        return conditions(self.weights, batch, text, chroma, ask.how.guidance)

    def _melody_at(self, chroma: Tensor, window: Window) -> Tensor:
        """The melody's frames (1, frames, bins) from a window's start, from the start again."""
        frames = self.config.network.chroma_frames
        seconds = window.start / self.config.codec.frame_rate
        first = round(seconds * frames / WINDOW_S)
        places = (torch.arange(frames) + first) % chroma.shape[0]
        return chroma[places][None].to(self.weights.device)


def _paused(place: float, work: Callable[[], T]) -> Generator[float, None, T]:
    """Reading that takes a second and can't be divided: says all the while where it is."""
    yield place
    return (yield from telling(aside(work), lambda _: place))


def _inference(steps: Iterator[int]) -> Iterator[int]:
    """The steps without gradients; the mode is left at every yield."""
    while True:
        with torch.inference_mode():
            ready = next(steps, None)
        if ready is None:
            return
        yield ready


def whole(model: MusicGen, ask: Ask) -> Tensor:
    """All tokens (B, K, frames) of an ask."""
    piece, steps = model.begin(ask)
    for _ in steps:
        pass
    return piece.tokens


def seeds_of(seed: int, takes: Iterable[int]) -> tuple[int, ...]:
    """A seed for each take of a request's seed; the same in whatever batch it is made."""
    return tuple((seed * 1_000_003 + take) % 2**63 for take in takes)
