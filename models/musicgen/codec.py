# SPDX-License-Identifier: Apache-2.0
"""The codec: audio to tokens and back through transformers' EnCodec, in float32.

Weight norm is folded into the weights when they are read: transformers would compute it again in
every pass. A stereo network has a mono codec, used for left and right in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from models.errors import BadFile
from models.musicgen.checkpoint import Tensors, read_module
from models.musicgen.config import CodecSizes, damaged
from models.musicgen.encoding import encoded
from models.theory.steps import Steps, finish

_NORMED = {
    "weight_g": "parametrizations.weight.original0",
    "weight_v": "parametrizations.weight.original1",
}


class Codec:
    """Audio to tokens and back.

    Attributes:
        sizes: of the codec.
        model: transformers' `EncodecModel`.
    """

    def __init__(self, sizes: CodecSizes, model: Any) -> None:
        self.sizes, self.model = sizes, model

    @classmethod
    def read(cls, sizes: CodecSizes, tensors: Tensors, device: str) -> Codec:
        """The codec of a checkpoint.

        Raises:
            BadFile: a tensor is missing, or it is a codec that can't be streamed.
        """
        import transformers

        config = transformers.EncodecConfig(**_plain(sizes.given))
        model: Any = transformers.EncodecModel(config)
        read_module(model, tensors, "audio_encoder.", _renamed)
        fold(model)
        return cls(sizes, model.float().eval().to(device))

    def encode(self, audio: Tensor, channels: int) -> Tensor:
        """Tokens (B, K, frames) of audio (B, channels, samples) at the codec's rate."""
        return finish(self.encoding(audio, channels))

    def encoding(self, audio: Tensor, channels: int) -> Steps[Tensor]:
        """As `encode`; yields where it can be left."""
        batch = audio.shape[0]
        alone = audio.reshape(batch * channels, 1, -1).to(self.model.device, torch.float32)
        latent = yield from encoded(self.model.encoder, self.sizes, alone)
        with torch.inference_mode():  # (K, B * channels, frames)
            codes = self.model.quantizer.encode(latent, None)
        apart = codes.permute(1, 0, 2).unflatten(0, (batch, channels))
        return apart.transpose(1, 2).flatten(1, 2)  # left and right take turns

    def latent(self, tokens: Tensor, channels: int) -> Tensor:
        """What the decoder reads (B * channels, latent, frames) for tokens (B, K, frames)."""
        apart = tokens.unflatten(1, (-1, channels)).transpose(1, 2).flatten(0, 1)
        return self.model.quantizer.decode(apart.transpose(0, 1))

    def decode(self, tokens: Tensor, channels: int) -> Tensor:
        """Audio (B, channels, samples) of tokens, all at once."""
        with torch.inference_mode():
            audio: Tensor = self.model.decoder(self.latent(tokens, channels))
        return audio.unflatten(0, (tokens.shape[0], channels))[:, :, 0]


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """The config, if it is of a kind that can be streamed exactly."""
    wanted = {"use_causal_conv": False, "normalize": False, "norm_type": "weight_norm"}
    defaults = {"use_causal_conv": True, "normalize": False, "norm_type": "weight_norm"}
    for name, value in wanted.items():
        if given.get(name, defaults[name]) != value:
            raise BadFile(
                f"This codec has {name} {given.get(name, defaults[name])}, which MusicGen's has "
                "not; take a checkpoint with EnCodec at 32 kHz.",
                where="config.json",
            )
    if given.get("chunk_length_s") is not None or given.get("audio_channels", 1) != 1:
        raise damaged("config.json", "its codec is not the mono one of MusicGen")
    return dict(given)


def _renamed(name: str) -> str:
    """Names of old files as torch's parametrizations have them."""
    front, _, last = name.rpartition(".")
    return f"{front}.{_NORMED[last]}" if last in _NORMED else name


def fold(model: Any) -> None:
    """Weight norm becomes plain weights."""
    parametrize = torch.nn.utils.parametrize
    for module in model.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")
