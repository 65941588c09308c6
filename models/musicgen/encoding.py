# SPDX-License-Identifier: Apache-2.0
"""EnCodec's encoder half a second at a time, so that it can be left: what it gives at one go.

The encoder is convolutions that shorten, an LSTM, and one convolution more. The LSTM only looks
back, so its state is carried; the convolutions before it are computed with some frames more on
both sides, of which they reach none that is not there. At the true start and end they pad as ever.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.musicgen.config import CodecSizes
from models.theory.steps import Steps

FRAMES = 25  # at a time: half a second


def encoded(encoder: Any, sizes: CodecSizes, audio: Tensor) -> Steps[Tensor]:
    """What the quantizer reads (B, latent, frames) of audio (B, 1, samples).

    Args:
        encoder: transformers' `EncodecEncoder`.
        sizes: of the codec.
        audio: at the codec's rate.
    """
    number = next(n for n, layer in enumerate(encoder.layers) if hasattr(layer, "lstm"))
    front, (memory, *back) = encoder.layers[:number], encoder.layers[number:]
    made: list[Tensor] = []
    state: tuple[Tensor, Tensor] | None = None
    for start in range(0, max(1, audio.shape[-1]), FRAMES * sizes.hop):
        with torch.inference_mode():
            x = _shortened(front, sizes, audio, start).permute(2, 0, 1)
            found, state = memory.lstm(x, state)
            made.append((found + x).permute(1, 2, 0))
        yield
    with torch.inference_mode():
        latent = torch.cat(made, dim=-1)
        for layer in back:
            latent = layer(latent)
    return latent


def _shortened(front: Any, sizes: CodecSizes, audio: Tensor, start: int) -> Tensor:
    """The frames from sample `start` on, at most `FRAMES`, before the LSTM."""
    around = shortening_reach(sizes)
    first = max(0, start - around * sizes.hop)
    x = audio[..., first : start + (FRAMES + around) * sizes.hop]
    for layer in front:
        x = layer(x)
    skipped = (start - first) // sizes.hop
    return x[..., skipped : skipped + FRAMES]


def shortening_reach(sizes: CodecSizes) -> int:
    """How many frames to each side are enough for a frame before the LSTM, rounded up."""
    reach, scale = sizes.kernel - 1, 1
    for ratio in reversed(sizes.ratios):
        for number in range(sizes.residuals):
            reach += (sizes.residual_kernel - 1) * sizes.growth**number * scale
        reach += (2 * ratio - 1) * scale
        scale *= ratio
    return -(-reach // sizes.hop)
