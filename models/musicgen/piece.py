# SPDX-License-Identifier: Apache-2.0
"""A piece of any length, frame by frame: its windows in turn, its tokens in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from models.musicgen.conditions import Conditions
from models.musicgen.decoding import Stepper
from models.musicgen.sampling import Drawing
from models.musicgen.session import Session
from models.musicgen.windows import Window

WAIT_STEPS = 8  # the host runs at most so far ahead of the device, so that a cancel is heard


class Piece:
    """Tokens of some takes of one piece, as they come.

    Attributes:
        tokens: (B, K, frames); whole up to `ready`.
        ready: how many frames are whole, the prompt's included.
        frames: in all.
        drawn: how many columns were drawn.
    """

    def __init__(self, stepper: Stepper, prompt: Tensor, frames: int, drawing: Drawing) -> None:
        """An unwritten piece.

        Args:
            stepper: runs the network.
            prompt: (B, K, P) known frames; P may be 0.
            frames: in all.
            drawing: of tokens.
        """
        self._stepper, self._drawing = stepper, drawing
        batch, books, known = prompt.shape
        self.tokens = torch.zeros((batch, books, frames), dtype=torch.long, device=prompt.device)
        self.tokens[..., :known] = prompt
        self.ready: int = known
        self.frames = frames
        self.drawn = 0

    def steps(
        self, windows: Iterator[Window], told: Callable[[Window], Conditions]
    ) -> Iterator[int]:
        """Write it; after each step, and while it listens, how many frames are whole.

        Args:
            windows: of the piece.
            told: what the takes listen to in a window.
        """
        for window in windows:
            prompt = self.tokens[..., window.start : window.start + window.known]
            session = Session(self._stepper, told(window), prompt, window.frames, self._drawing)
            for _ in session.take_in():
                yield self.ready
            while session.steps_left:
                known = session.ready
                ready = session.step()
                self.drawn += 1
                if ready > known:
                    place = slice(window.start + known, window.start + ready)
                    self.tokens[..., place] = session.tokens(known, ready)
                    self.ready = window.start + ready
                if session.steps_left % WAIT_STEPS == 0:
                    self._stepper.wait()
                yield self.ready
