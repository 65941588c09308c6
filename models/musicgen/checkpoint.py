# SPDX-License-Identifier: Apache-2.0
"""Checkpoints on disk: a folder in the Hugging Face layout, read through safetensors alone.

A folder has `config.json`, `model.safetensors` (or parts with an index), and the tokenizer's
files. Tensors are read one by one straight into their place, so that a model never lies in memory
twice. Old pickled weights are not read here; `audiocraft` has what can be read of those safely.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from models.errors import BadFile
from models.musicgen.config import NetworkSizes, damaged
from models.musicgen.network import CrossWeights, Layer, Norm, Weights

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
MAX_INDEX_BYTES = 2**24
TIED = ("shared.weight", "encoder.embed_tokens.weight")  # T5's words, under two names
_LAYERS = "decoder.model.decoder.layers"


class Tensors(Protocol):
    """A checkpoint's tensors by the names that transformers gives them."""

    def names(self) -> Iterator[str]:
        """Every name."""

    def get(self, name: str) -> Tensor:
        """One tensor on the CPU.

        Raises:
            BadFile: it is not there.
        """


@dataclass
class Stored:
    """Tensors of open safetensors files: name → which file has it."""

    files: Mapping[str, Any]
    where: str

    def names(self) -> Iterator[str]:
        """Every name."""
        return iter(self.files)

    def get(self, name: str) -> Tensor:
        """One tensor on the CPU."""
        if name not in self.files:
            raise damaged(self.where, f"{name} is missing")
        return self.files[name].get_tensor(name)

    def count(self, name: str) -> int:
        """How many numbers a tensor has, without reading it."""
        return prod(self.files[name].get_slice(name).get_shape())


def open_folder(folder: Path, stack: ExitStack) -> Stored:
    """The tensors of a folder; its files stay open as long as the stack does.

    Raises:
        BadFile: none are there, one is cut short, or only part of it was fetched.
    """
    import safetensors

    files: dict[str, Any] = {}
    for path in _files(folder):
        try:
            opened = stack.enter_context(safetensors.safe_open(path, framework="pt"))
            files.update(dict.fromkeys(opened.keys(), opened))
        except (OSError, safetensors.SafetensorError) as error:
            raise damaged(str(path), "it is cut short, or no safetensors file") from error
    return Stored(files, str(folder))


def _files(folder: Path) -> list[Path]:
    """The weight files of a folder, all of which are there."""
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    index = folder / INDEX
    if not index.is_file():
        raise BadFile(
            f"{folder} has no {SINGLE}; name a folder that transformers saved, or fetch a model "
            "by name.",
            where=str(folder),
        )
    try:
        with index.open("rb") as file:
            table = json.loads(file.read(MAX_INDEX_BYTES))["weight_map"]
        names = sorted(set(table.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(str(index), "it is no index of weight files") from error
    for name in names:
        if not isinstance(name, str) or Path(name).name != name:
            raise damaged(str(index), "it names a file outside the folder")
        if not (folder / name).is_file():
            raise damaged(str(folder), f"{name} is missing")
    return [folder / name for name in names]


def read_network(
    tensors: Tensors, sizes: NetworkSizes, device: str, dtype: torch.dtype
) -> Generator[float, None, Weights]:
    """A network on a device, its matrices in `dtype`, all else float32; yields how far it is.

    Raises:
        BadFile: a tensor is missing or of another shape than the config says.
        torch.OutOfMemoryError: the device has no room for it.
    """
    reader = _Reader(tensors, sizes, device, dtype)
    base = "decoder.model.decoder"
    words, width, books = sizes.vocabulary, sizes.width, range(sizes.codebooks)
    tokens = [reader.fine(f"{base}.embed_tokens.{k}.weight", words + 1, width) for k in books]
    heads = [reader.fine(f"decoder.lm_heads.{k}.weight", words, width) for k in books]
    layers = []
    for index in range(sizes.layers):
        layers.append(_layer(reader, index))
        yield (index + 1) / sizes.layers
    return Weights(
        sizes=sizes,
        tokens=torch.cat(tokens),
        layers=tuple(layers),
        norm=reader.norm(f"{base}.layer_norm"),
        heads=torch.cat(heads),
        text=reader.projection("enc_to_dec_proj", sizes.text_width),
        chroma=reader.projection("audio_enc_to_dec_proj", sizes.chroma_bins),
    )


def _layer(reader: _Reader, index: int) -> Layer:
    base, sizes = f"{_LAYERS}.{index}", reader.sizes
    width, inner = sizes.width, sizes.inner
    own, cross = f"{base}.self_attn", f"{base}.encoder_attn"
    reading = None
    if not sizes.melody:
        reading = CrossWeights(
            norm=reader.norm(f"{cross}_layer_norm"),
            query=reader.square(f"{cross}.q_proj"),
            kv=torch.cat([reader.square(f"{cross}.{name}_proj") for name in "kv"]),
            out=reader.square(f"{cross}.out_proj"),
        )
    return Layer(
        norm=reader.norm(f"{own}_layer_norm"),
        qkv=torch.cat([reader.square(f"{own}.{name}_proj") for name in "qkv"]),
        out=reader.square(f"{own}.out_proj"),
        cross=reading,
        inner_norm=reader.norm(f"{base}.final_layer_norm"),
        up=reader.matrix(f"{base}.fc1.weight", inner, width),
        down=reader.matrix(f"{base}.fc2.weight", width, inner),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads tensors of known shapes onto a device."""

    tensors: Tensors
    sizes: NetworkSizes
    device: str
    dtype: torch.dtype

    def matrix(self, name: str, *shape: int) -> Tensor:
        return self._read(name, shape).to(self.device, self.dtype)

    def square(self, name: str) -> Tensor:
        return self.matrix(f"{name}.weight", self.sizes.width, self.sizes.width)

    def fine(self, name: str, *shape: int) -> Tensor:
        return self._read(name, shape).to(self.device, torch.float32)

    def norm(self, name: str) -> Norm:
        width = self.sizes.width
        return self.fine(f"{name}.weight", width), self.fine(f"{name}.bias", width)

    def projection(self, name: str, width: int) -> tuple[Tensor, Tensor] | None:
        """A projection into the stream; none is needed where the widths are the same."""
        if width in {0, self.sizes.width}:
            return None
        weight = self.fine(f"{name}.weight", self.sizes.width, width)
        return weight, self.fine(f"{name}.bias", self.sizes.width)

    def _read(self, name: str, shape: tuple[int, ...]) -> Tensor:
        tensor = self.tensors.get(name)
        if tensor.shape != shape or not tensor.is_floating_point():
            raise damaged(name, f"it is of shape {tuple(tensor.shape)}, not {shape}")
        return tensor


def read_module(
    module: Any,
    tensors: Tensors,
    prefix: str,
    rename: Callable[[str], str],
    *,
    assign: bool = False,
) -> None:
    """Fill a module of transformers with the tensors whose names begin with `prefix`.

    Args:
        module: of transformers.
        tensors: of the checkpoint.
        prefix: of the module's names in it.
        rename: gives the module's own name for what stands behind the prefix.
        assign: whether tensors become the module's own, where it has none yet.

    Raises:
        BadFile: one is missing, or of another shape.
    """
    found = {
        rename(name[len(prefix) :]): tensors.get(name)
        for name in tensors.names()
        if name.startswith(prefix)
    }
    for one, other in (TIED, TIED[::-1]):  # files have one of the two
        if one in found:
            found.setdefault(other, found[one])
    try:
        missing, _ = module.load_state_dict(found, strict=False, assign=assign)
    except RuntimeError as error:
        raise damaged(prefix.rstrip("."), str(error).splitlines()[-1].strip()[:120]) from error
    if missing:
        raise damaged(prefix.rstrip("."), f"{sorted(missing)[0]} is missing")
