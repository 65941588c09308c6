# SPDX-License-Identifier: Apache-2.0
"""EnCodec's decoder while tokens still come: the very audio that decoding all at once gives.

The decoder is a convolution, an LSTM and an upsampler. The LSTM only looks back, so its state is
carried; the convolutions look a little to both sides, so each piece is computed with the frames
it needs around it, and what its edges spoil is left away. Nothing is cross-faded and nothing is
decoded twice but that context. At the true start and end the layers pad as they always do.
For the codec of MusicGen that is 3 frames before the first convolution's output and 3 after, and
1 on each side of the upsampler's: audio comes 4 frames (80 ms) behind the tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.musicgen.codec import Codec
from models.musicgen.config import CodecSizes

Extent = tuple[int, int]  # how far something reaches before and after


class StreamingDecoder:
    """Audio of some takes, as their tokens come.

    Attributes:
        behind: frames that must be known after one for its audio to be final.
    """

    def __init__(self, codec: Codec, channels: int) -> None:
        """A decoder at the start of a piece.

        Args:
            codec: what decodes; it may serve others in between.
            channels: of the audio.
        """
        self._codec, self._channels = codec, channels
        self._first, self._lstm, *self._up = codec.model.decoder.layers
        total = codec.sizes.kernel - 1
        self._conv_reach = (total - total // 2, total // 2)
        self._up_reach = upsampler_reach(codec.sizes)
        self.behind = self._conv_reach[1] + self._up_reach[1]
        self._latent = _Tail()
        self._hidden = _Tail()
        self._state: tuple[Tensor, Tensor] | None = None
        self._done = 0  # frames whose audio went out

    def push(self, tokens: Tensor, last: bool = False) -> Tensor:
        """The audio (B, channels, samples) that is final now; maybe none.

        Args:
            tokens: (B, K, n) the next frames; n may be 0.
            last: whether no more come.
        """
        with torch.inference_mode():
            audio = self._decoded(tokens, last)
        if audio is None:
            return torch.zeros((tokens.shape[0], self._channels, 0), device=tokens.device)
        return audio.unflatten(0, (tokens.shape[0], self._channels))[:, :, 0]

    def _decoded(self, tokens: Tensor, last: bool) -> Tensor | None:
        self._latent.add(self._codec.latent(tokens, self._channels))
        new = self._convolved(last)
        if new is not None:
            self._hidden.add(self._remembered(new))
        return self._upsampled(last)

    def _convolved(self, last: bool) -> Tensor | None:
        """The first convolution of the frames that have enough after them."""
        before, after = self._conv_reach
        done, final = self._hidden.end, self._latent.end - (0 if last else after)
        if final <= done:
            return None
        start = max(0, done - before)
        found: Tensor = self._first(self._latent.since(start))
        return found[..., done - start : final - start]

    def _remembered(self, new: Tensor) -> Tensor:
        """What the LSTM makes of them, from the state in which the last frames left it."""
        x = new.permute(2, 0, 1)
        found, self._state = self._lstm.lstm(x, self._state)
        told: Tensor = (found + x).permute(1, 2, 0)
        return told

    def _upsampled(self, last: bool) -> Tensor | None:
        before, after = self._up_reach
        final = self._hidden.end - (0 if last else after)
        if final <= self._done:
            return None
        start = max(0, self._done - before)
        x = self._hidden.since(start)
        for layer in self._up:
            x = layer(x)
        hop = self._codec.sizes.hop
        audio = x[..., (self._done - start) * hop : (final - start) * hop]
        self._done = final
        return audio


class _Tail:
    """The end of a growing sequence (..., frames), by absolute frame number."""

    def __init__(self) -> None:
        self._frames: Tensor | None = None
        self._start = 0

    @property
    def end(self) -> int:
        return self._start + (0 if self._frames is None else self._frames.shape[-1])

    def add(self, frames: Tensor) -> None:
        known = self._frames
        self._frames = frames if known is None else torch.cat([known, frames], dim=-1)

    def since(self, start: int) -> Tensor:
        """Frames from `start`; earlier ones are never asked for again."""
        assert self._frames is not None
        self._frames = self._frames[..., start - self._start :]
        self._start = start
        return self._frames


def upsampler_reach(sizes: CodecSizes) -> Extent:
    """How many frames before and after one its samples depend on, behind the LSTM."""
    low, high = 0, sizes.hop - 1  # samples of frame 0
    low, high = _widened((low, high), sizes.last_kernel, 1)
    for ratio in reversed(sizes.ratios):
        for number in range(sizes.residuals):
            low, high = _widened((low, high), sizes.residual_kernel, sizes.growth**number)
        cut = ratio - ratio // 2  # of a transposed convolution of length 2 * ratio, on the left
        low, high = -((2 * ratio - 1 - low - cut) // ratio), (high + cut) // ratio
    return -low, high


def _widened(place: Extent, kernel: int, dilation: int) -> Extent:
    """The inputs that a convolution's outputs `place` depend on."""
    total = (kernel - 1) * dilation
    return place[0] - (total - total // 2), place[1] + total // 2
