# SPDX-License-Identifier: Apache-2.0
"""A training that begins with weights that are there, also of a network with fewer parts."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from models import weights
from models.errors import BadFile
from models.network import ADDED, NetworkConfig
from models.tokens.vocabulary import vocabulary_hash
from models.transformer import Transformer

TABLE = "features.weight"


@torch.no_grad()
def begin_with(model: Transformer, path: Path) -> None:
    """Give a network the weights of a file; parts that the file has not are zero.

    Such parts are kernels, echoes and streams of features: as zeros they change nothing.

    Raises:
        BadFile: the file can't be read, or is of a network with other sides or more parts.
    """
    found = weights.read(path)
    found.expect("vocabulary", vocabulary_hash())
    given = {name: torch.from_numpy(array.copy()) for name, array in found.arrays.items()}
    own = model.state_dict()
    given[TABLE] = _table(own[TABLE], given[TABLE], model.config, found.config)
    for name in sorted(own.keys() | given.keys()):
        shapes = [part[name].shape for part in (own, given) if name in part]
        absent = name not in given and name in ADDED
        if not absent and (len(shapes) < 2 or shapes[0] != shapes[1]):
            raise _other(name)
    for name, weight in own.items():
        weight.copy_(given.get(name, torch.zeros(())))


def _table(own: Tensor, given: Tensor, config: NetworkConfig, found: NetworkConfig) -> Tensor:
    """The rows of the feature streams where the network has them."""
    table = torch.zeros(own.shape[0], given.shape[1])
    at = {name: (first, size) for (name, size), first in _streams(config)}
    for (name, size), first in _streams(found):
        to, own_size = at.get(name, (0, 0))
        if own_size != size:
            raise _other(name)
        table[to : to + size] = given[first : first + size]
    return table


def _streams(config: NetworkConfig) -> zip[tuple[tuple[str, int], int]]:
    return zip(config.features, config.offsets, strict=True)


def _other(name: str) -> BadFile:
    return BadFile(
        f"{name} of these weights does not fit; give the size and reaches they were trained with.",
        where="from",
    )
