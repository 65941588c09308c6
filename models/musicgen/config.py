# SPDX-License-Identifier: Apache-2.0
"""Sizes of a MusicGen checkpoint, read from its config.json and checked before anything is built.

Names of the file are those of transformers (`MusicgenConfig`, `MusicgenMelodyConfig`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import BadFile

NAME = "config.json"
MAX_FILE_BYTES = 2**20
LARGEST = 2**20  # of any size in a config; more is a damaged file
KINDS = ("musicgen", "musicgen_melody")


@dataclass(frozen=True, slots=True)
class NetworkSizes:
    """The network that writes audio tokens.

    Attributes:
        layers, width, heads, inner: of the transformer; `inner` is the width inside an MLP.
        codebooks: token streams; in stereo left and right take turns.
        vocabulary: tokens of a codebook; one more id stands for "nothing yet".
        channels: of the audio, 1 or 2.
        text_width: of the text encoder's states.
        chroma_bins: of a melody model's chroma frames; 0 for a model that follows no melody.
        chroma_frames: how many chroma frames a melody model is shown.
    """

    layers: int
    width: int
    heads: int
    inner: int
    codebooks: int
    vocabulary: int
    channels: int
    text_width: int
    chroma_bins: int = 0
    chroma_frames: int = 0

    @property
    def melody(self) -> bool:
        """Whether it is shown its conditions as a prefix, with a melody among them."""
        return self.chroma_bins > 0

    @property
    def nothing(self) -> int:
        """The token id that fills the delay pattern's corners."""
        return self.vocabulary

    @property
    def delays(self) -> tuple[int, ...]:
        """By how many columns each codebook comes late."""
        return tuple(k // self.channels for k in range(self.codebooks))


@dataclass(frozen=True, slots=True)
class CodecSizes:
    """What the host must know of the codec.

    Attributes:
        rate_hz: of its audio.
        ratios: by how much each upsampling step lengthens, the coarsest first.
        latent: width of a frame's embedding.
        filters: channels of the finest convolution.
        kernel, last_kernel, residual_kernel: lengths of its convolutions.
        residuals, growth: residual blocks of a step, and the growth of their dilation.
        given: the config as transformers reads it.
    """

    rate_hz: int
    ratios: tuple[int, ...]
    latent: int
    filters: int
    kernel: int
    last_kernel: int
    residual_kernel: int
    residuals: int
    growth: int
    given: Mapping[str, Any] = field(repr=False)

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        product = 1
        for ratio in self.ratios:
            product *= ratio
        return product

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.rate_hz / self.hop


@dataclass(frozen=True, slots=True)
class Config:
    """A whole checkpoint: network, codec, and transformers' config of the text encoder."""

    network: NetworkSizes
    codec: CodecSizes
    text: Mapping[str, Any] = field(repr=False)


def read(folder: Path) -> Config:
    """The config of a folder in the Hugging Face layout.

    Raises:
        BadFile: there is none, it is damaged, or it is of another kind of model.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(MAX_FILE_BYTES))
    except OSError as error:
        raise BadFile(
            f"{path} can't be read: {error.strerror}; name a folder with a MusicGen checkpoint.",
            where=str(path),
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(str(path), "it is no JSON") from error
    return parse(data, str(path))


def parse(data: object, where: str = "config.json") -> Config:
    """A config from the table of a config.json.

    Raises:
        BadFile: as `read`.
    """
    table = _table(data, where)
    kind = table.given.get("model_type")
    if kind not in KINDS:
        raise BadFile(f"{where} describes no MusicGen model but {str(kind)[:40]}.", where=where)
    text, codec = table.inside("text_encoder"), table.inside("audio_encoder")
    for part, name, wanted in ((text, "text_encoder", "t5"), (codec, "audio_encoder", "encodec")):
        if part.given.get("model_type", wanted) != wanted:
            raise damaged(where, f"its {name} is not {wanted}")
    return Config(_network(table, text, kind == KINDS[1]), _codec(codec), text.given)


def _network(table: _Table, text: _Table, melody: bool) -> NetworkSizes:
    part = table.inside("decoder")
    if part.given.get("activation_function", "gelu") != "gelu":
        raise damaged(part.where, "its activation is not gelu")
    if part.given.get("scale_embedding"):
        raise damaged(part.where, "it scales its embeddings, which no MusicGen does")
    sizes = NetworkSizes(
        layers=part.whole("num_hidden_layers", 24),
        width=part.whole("hidden_size", 1024),
        heads=part.whole("num_attention_heads", 16),
        inner=part.whole("ffn_dim", 4096),
        codebooks=part.whole("num_codebooks", 4),
        vocabulary=part.whole("vocab_size", 2048),
        channels=part.whole("audio_channels", 1),
        text_width=text.whole("d_model", 512),
        chroma_bins=table.whole("num_chroma", 12) if melody else 0,
        chroma_frames=table.whole("chroma_length", 235) if melody else 0,
    )
    if sizes.channels > 2 or sizes.codebooks % sizes.channels or sizes.codebooks > 64:
        raise damaged(part.where, "its codebooks and channels do not fit")
    if sizes.width % sizes.heads or sizes.width < 4:
        raise damaged(part.where, "its heads do not divide its width")
    return sizes


def _codec(part: _Table) -> CodecSizes:
    ratios = part.given.get("upsampling_ratios", [8, 5, 4, 2])
    if not isinstance(ratios, list) or not 0 < len(ratios) <= 8:
        raise damaged(part.where, "its upsampling_ratios are no list")
    if not all(type(ratio) is int and 0 < ratio <= 64 for ratio in ratios):
        raise damaged(part.where, "its upsampling_ratios are no whole numbers")
    return CodecSizes(
        rate_hz=part.whole("sampling_rate", 24_000),
        ratios=tuple(ratios),
        latent=part.whole("hidden_size", 128),
        filters=part.whole("num_filters", 32),
        kernel=part.whole("kernel_size", 7),
        last_kernel=part.whole("last_kernel_size", 7),
        residual_kernel=part.whole("residual_kernel_size", 3),
        residuals=part.whole("num_residual_layers", 1),
        growth=part.whole("dilation_growth_rate", 2),
        given=part.given,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a config, read with checks."""

    given: dict[str, Any]
    where: str

    def inside(self, name: str) -> _Table:
        return _table(self.given.get(name), self.where)

    def whole(self, name: str, default: int) -> int:
        value = self.given.get(name, default)
        if type(value) is not int or not 0 < value <= LARGEST:
            raise damaged(self.where, f"{name} is {str(value)[:20]}")
        return value


def _table(data: object, where: str) -> _Table:
    if not isinstance(data, dict):
        raise damaged(where, "a part of it is no table")
    return _Table(data, where)


def damaged(where: str, why: str) -> BadFile:
    """The error of a file of a checkpoint that can't be used."""
    return BadFile(f"{where} is damaged: {why}; fetch the model again.", where=where)
