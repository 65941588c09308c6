# SPDX-License-Identifier: Apache-2.0
"""Opens a model's folder of either layout: what it is, and where its parts' tensors come from."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from models.errors import BadFile
from models.musicgen import config as config_file
from models.musicgen.audiocraft import STATE, open_exported, sizes_of
from models.musicgen.checkpoint import Tensors, open_folder
from models.musicgen.config import Config
from models.musicgen.memory import Weight, weight
from models.musicgen.store import installed, own_folder


class Counted(Tensors, Protocol):
    """Tensors that tell their size without being read."""

    def count(self, name: str) -> int:
        """How many numbers a tensor has."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open model.

    Attributes:
        config: its sizes.
        network: tensors of the network.
        rest: tensors of text encoder and codec.
        words: the folder of the tokenizer.
    """

    config: Config
    network: Counted
    rest: Counted
    words: Path

    def weighed(self) -> Weight:
        """What it takes in memory."""
        counts = [(name, self.network.count(name)) for name in self.network.names()]
        if self.rest is not self.network:
            parts = ("text_encoder.", "audio_encoder.")
            others = (name for name in self.rest.names() if name.startswith(parts))
            counts += [(name, self.rest.count(name)) for name in others]
        return weight(self.config, counts)


def opened(folder: Path, stack: ExitStack) -> Opened:
    """Open a folder; its files stay open as long as the stack does.

    A folder with audiocraft's `state_dict.bin` alone takes text encoder and codec from a model
    that lies beside it, or in the usual place.

    Raises:
        BadFile: it is no model, damaged or incomplete.
    """
    if (folder / config_file.NAME).is_file() or not (folder / STATE).is_file():
        config = config_file.read(folder)
        tensors = open_folder(folder, stack)
        return Opened(config, tensors, tensors, folder)
    exported = open_exported(folder)
    companion = _companion(folder)
    config = config_file.read(companion)
    config = replace(config, network=sizes_of(exported, config.network))
    return Opened(config, exported, open_folder(companion, stack), companion)


def weighed(folder: Path) -> tuple[Config, Weight]:
    """A model's config, and what it would take in memory.

    Raises:
        BadFile: as `opened`.
    """
    with ExitStack() as stack:
        found = opened(folder, stack)
        return found.config, found.weighed()


def _companion(folder: Path) -> Path:
    """A whole model whose text encoder and codec serve a network alone."""
    for place in (folder.parent, own_folder(os.environ)):
        for name in installed(place):
            return place / name
    raise BadFile(
        f"{folder} has a network alone, without text encoder and codec; fetch them once with "
        "`nextbar models fetch musicgen-small`.",
        where="model",
    )
