# SPDX-License-Identifier: Apache-2.0
"""Checkpoints as facebookresearch/audiocraft exports them: `state_dict.bin`, loaded safely.

It is a pickle, so torch reads it with `weights_only`: tensors and plain values, no code; a file
that needs more is refused. It has the network alone. Text encoder and codec are those of every
MusicGen, and are read from a model that was fetched.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.errors import BadFile
from models.musicgen.config import NetworkSizes, damaged

STATE = "state_dict.bin"
CHROMA_FRAMES = 235  # of 30 s, in every melody model
HEAD_WIDTH = 64  # in every published model, where the file does not tell
_DESCRIPTION = "condition_provider.conditioners.description.output_proj"
_MELODY = "condition_provider.conditioners.self_wav.output_proj"
_CONDITIONS = re.compile(r"condition_provider\.conditioners\.(\w+)\.")
_NETWORK = re.compile(r"^transformer_lm:\n((?:[ ]+.*\n?)*)", re.MULTILINE)
_PARTS = (  # of a name in transformers' words → in audiocraft's, in this order
    ("decoder.model.decoder.embed_tokens.", "emb."),
    ("decoder.model.decoder.layer_norm.", "out_norm."),
    ("decoder.model.decoder.", "transformer."),
    ("decoder.lm_heads.", "linears."),
    ("audio_enc_to_dec_proj", _MELODY),
    ("enc_to_dec_proj", _DESCRIPTION),
    (".self_attn_layer_norm.", ".norm1."),
    (".encoder_attn_layer_norm.", ".norm_cross."),
    (".final_layer_norm.", ".norm2."),
    (".encoder_attn.", ".cross_attention."),
    (".fc1.", ".linear1."),
    (".fc2.", ".linear2."),
)
_ROWS = {".q_proj.weight": 0, ".k_proj.weight": 1, ".v_proj.weight": 2}


@dataclass(frozen=True, slots=True)
class Exported:
    """The network of an exported checkpoint, under the names of transformers.

    Attributes:
        state: tensors under audiocraft's names.
        heads: of attention.
        where: the file.
    """

    state: Mapping[str, Tensor]
    heads: int
    where: str

    def names(self) -> Iterator[str]:
        """Every name, as the file has it."""
        return iter(self.state)

    def get(self, name: str) -> Tensor:
        """One tensor by the name that transformers gives it."""
        for theirs, own in _PARTS:
            name = name.replace(theirs, own, 1)
        for ending, number in _ROWS.items():
            if name.endswith(ending):
                together = self._read(name.removesuffix(ending) + ".in_proj_weight")
                return together.chunk(3)[number]
        return self._read(name)

    def count(self, name: str) -> int:
        """How many numbers a tensor has."""
        return int(self.state[name].numel())

    def _read(self, name: str) -> Tensor:
        if name not in self.state:
            raise damaged(self.where, f"{name} is missing")
        return self.state[name]


def open_exported(folder: Path) -> Exported:
    """The network of a folder.

    Raises:
        BadFile: the file is damaged, holds more than numbers, or a model that is not read here.
    """
    path = folder / STATE
    try:
        data = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise BadFile(
            f"{path} can't be read without running code from it, or is cut short; export it again "
            "with audiocraft.utils.export.",
            where=str(path),
        ) from error
    state = data.get("best_state") if isinstance(data, dict) else None
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise damaged(str(path), "it has no best_state")
    _refuse_others(state, str(path))
    settings = data.get("xp.cfg")
    if _setting(settings, "activation") not in {None, "gelu"}:
        raise damaged(str(path), "its activation is not gelu")
    return Exported(state, _heads(settings, state), str(path))


def sizes_of(exported: Exported, usual: NetworkSizes) -> NetworkSizes:
    """The network's sizes, read from the shapes of its tensors.

    Args:
        exported: the network.
        usual: sizes of the model whose text encoder is used.

    Raises:
        BadFile: they are not those of a MusicGen.
    """
    state, where = exported.state, exported.where
    layers = _numbered(state, r"transformer\.layers\.(\d+)\.linear1\.weight")
    books = _numbered(state, r"linears\.(\d+)\.weight")
    if not layers or not books:
        raise damaged(where, "it has no layers")
    vocabulary, width = exported.get("decoder.lm_heads.0.weight").shape
    melody = f"{_MELODY}.weight" in state
    return replace(
        usual,
        layers=layers,
        width=width,
        heads=exported.heads,
        inner=exported.get("decoder.model.decoder.layers.0.fc1.weight").shape[0],
        codebooks=books,
        vocabulary=vocabulary,
        channels=2 if books == 8 else 1,
        chroma_bins=state[f"{_MELODY}.weight"].shape[1] if melody else 0,
        chroma_frames=CHROMA_FRAMES if melody else 0,
    )


def _refuse_others(state: Mapping[str, Tensor], where: str) -> None:
    """MusicGen-Style, JASCO and other models have conditions that are not read here."""
    heard = {found[1] for name in state if (found := _CONDITIONS.match(name))}
    if heard - {"description", "self_wav"} or f"{_DESCRIPTION}.weight" not in state:
        raise BadFile(
            f"{where} listens to {', '.join(sorted(heard)) or 'nothing'}; only MusicGen with words "
            "and melody is read here.",
            where=where,
        )


def _heads(config: Any, state: Mapping[str, Tensor]) -> int:
    """Heads of attention: what the exported settings say, else of the usual width."""
    found = _setting(config, "num_heads") or ""
    width = state[f"{_DESCRIPTION}.weight"].shape[0]
    heads = int(found) if found.isdecimal() else max(1, width // HEAD_WIDTH)
    if not heads or width % heads:
        raise damaged(STATE, "its heads do not divide its width")
    return heads


def _setting(config: Any, name: str) -> str | None:
    """A setting of the network in the exported settings, which are YAML."""
    part = _NETWORK.search(config) if isinstance(config, str) else None
    found = re.search(rf"^ +{name}: (\S+)$", part[1], re.MULTILINE) if part else None
    return found[1] if found else None


def _numbered(state: Mapping[str, Tensor], pattern: str) -> int:
    """How many tensors carry a running number."""
    return sum(1 for name in state if re.fullmatch(pattern, name))
