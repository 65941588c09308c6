# SPDX-License-Identifier: Apache-2.0
"""The performer's weight file, and what it says of players besides the network's numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import BadFile
from models.performer.config import PerformerConfig, shapes
from models.performer.network import Network
from models.weights import CONFIG, Storage, packed, read_stored, unpacked, write_stored

WEIGHTS = Path(__file__).parent / "weights" / "performer.int8.safetensors"
TRAITS = "traits"


@dataclass(frozen=True, slots=True)
class Ties:
    """How much notes go together that a distribution draws, as shares of the variance.

    Attributes:
        event: common to all notes of one moment.
        drift: common to neighbouring moments, fading over `drift_beats`.
        drift_beats: until it has faded to a third.
    """

    event: float = 0.0
    drift: float = 0.0
    drift_beats: float = 2.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What the recordings have in common, measured on their training split.

    Attributes:
        lead_ms: median offset of drums; the pads' latency and the players' habit, one for all.
        drum_offsets, drum_velocities, key_offsets, key_velocities: how notes go together.
    """

    lead_ms: float = 0.0
    drum_offsets: Ties = field(default_factory=Ties)
    drum_velocities: Ties = field(default_factory=Ties)
    key_offsets: Ties = field(default_factory=Ties)
    key_velocities: Ties = field(default_factory=Ties)

    def to_json(self) -> str:
        """As text, for the weight file."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Traits:
        """The inverse of `to_json`.

        Raises:
            BadFile: it is something else.
        """
        try:
            table: dict[str, Any] = json.loads(text)
            lead = float(table.pop("lead_ms"))
            ties = {name: Ties(**value) for name, value in table.items()}
            return cls(lead, **ties)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise BadFile("These are not the weights of a performer.", where=TRAITS) from error


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight file's content.

    Attributes:
        network: ready to answer.
        traits: of the recordings.
        card: what the file says of its making.
        sha256: of its bytes.
    """

    network: Network
    traits: Traits
    card: dict[str, str]
    sha256: str


def read_weights(path: str | os.PathLike[str] = WEIGHTS, sha256: str = "") -> Weights:
    """Read the performer's weights; those that ship by default.

    Raises:
        BadFile: the file can't be read, is damaged or of another kind.
    """
    stored, metadata, digest = read_stored(path, sha256)
    config = PerformerConfig.from_json(metadata.pop(CONFIG, ""))
    traits = Traits.from_json(metadata.pop(TRAITS, ""))
    network = Network(config, unpacked(stored, shapes(config)))
    return Weights(network, traits, metadata, digest)


def write_weights(
    path: str | os.PathLike[str],
    network: Network,
    traits: Traits,
    card: Mapping[str, str],
    storage: Storage = "fp16",
) -> str:
    """Write a weight file whole, and give its sha256."""
    arrays: dict[str, np.ndarray[Any, Any]] = dict(network.arrays)
    stored = packed(arrays, shapes(network.config), storage)
    metadata = {**card, CONFIG: network.config.to_json(), TRAITS: traits.to_json()}
    return write_stored(path, stored, metadata)
