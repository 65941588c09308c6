# SPDX-License-Identifier: Apache-2.0
"""One generation of at most a window: columns are drawn one by one, frames become whole.

The caller holds the reins: it asks for a step, looks at what is whole, and may stop at any time;
a session left behind leaves nothing in the network.
"""

from __future__ import annotations

from torch import Tensor

from models.musicgen.conditions import Conditions
from models.musicgen.decoding import Stepper
from models.musicgen.pattern import columns_for, frames_ready, given, straight
from models.musicgen.sampling import NOISE_STEPS, Drawing
from models.theory.steps import Steps


class Session:
    """Frames of one window.

    Attributes:
        frames: how many there will be, the prompt's included.
        ready: how many are whole.
    """

    def __init__(
        self, stepper: Stepper, told: Conditions, prompt: Tensor, frames: int, drawing: Drawing
    ) -> None:
        """Begin; `take_in` comes before the first step.

        Args:
            stepper: runs the network; one session at a time.
            told: what the takes listen to.
            prompt: (B, K, P) known frames, P may be 0.
            frames: in all, the prompt's included.
            drawing: how tokens are drawn, and from which noise.
        """
        self._stepper, self._drawing = stepper, drawing
        self._sizes = stepper.weights.sizes
        self.frames = frames
        self._last = columns_for(self._sizes, frames) - 1
        known = prompt.shape[-1]
        self._told = told
        self._state = stepper.begin(told, given(self._sizes, prompt, frames), drawing.how)
        self._column: int = known
        self.ready: int = known

    @property
    def steps_left(self) -> int:
        """Steps until every frame is whole."""
        return self._last - self._column

    def take_in(self) -> Steps[None]:
        """Run conditions and prompt through the network; yields where it can be left."""
        yield from self._stepper.prefill(self._state, self._told, self._column)
        self._drawing.refill(self._state.noise)

    def step(self) -> int:
        """Draw one column; how many frames are whole then."""
        if self._column % NOISE_STEPS == 0:
            self._drawing.refill(self._state.noise)
        self._stepper.step(self._state, self._column, self._drawing.how)
        self._column += 1
        ready: int = frames_ready(self._sizes, self._column + 1, self.frames)
        self.ready = max(self.ready, ready)
        return self.ready

    def tokens(self, start: int, end: int) -> Tensor:
        """Frames (B, K, end - start); all must be whole."""
        assert 0 <= start <= end <= self.ready
        return straight(self._sizes, self._state.columns, start, end)
