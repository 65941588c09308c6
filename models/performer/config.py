# SPDX-License-Identifier: Apache-2.0
"""The performer's sizes, the names and shapes of its weights, and what its data told besides."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from models.errors import BadFile
from models.performer.features import EVENT_FEATURES, NOTE_FEATURES

DIRECTIONS = ("", "_reverse")
MIXTURES = 5
# Per note: median offset and velocity, then share, centre and log width of each component of both.
OUTPUTS = 2 + 2 * 3 * MIXTURES


@dataclass(frozen=True, slots=True)
class PerformerConfig:
    """Sizes of the network.

    Attributes:
        note_width: numbers that a note's own features become.
        event_width: numbers that an event becomes before the recurrent layers.
        hidden: of one direction of a recurrent layer.
        layers: recurrent layers.
        head_width: of the layer before the answers.
        note_features, event_features: of the features it reads.
    """

    note_width: int = 64
    event_width: int = 128
    hidden: int = 144
    layers: int = 2
    head_width: int = 192
    note_features: int = NOTE_FEATURES
    event_features: int = EVENT_FEATURES

    def to_json(self) -> str:
        """As text, for the weight file."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> PerformerConfig:
        """The inverse of `to_json`.

        Raises:
            BadFile: it is not the config of a performer that this code can compute.
        """
        try:
            config = cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise BadFile("These are not the weights of a performer.", where="config") from error
        sizes = asdict(config).values()
        if not all(type(size) is int and 1 <= size <= 1024 for size in sizes) or config.layers > 4:
            raise BadFile("These weights have impossible sizes.", where="config")
        if (config.note_features, config.event_features) != (NOTE_FEATURES, EVENT_FEATURES):
            raise BadFile(
                "These weights read other features; install weights and code of one release.",
                where="config",
            )
        return config


def shapes(config: PerformerConfig) -> dict[str, tuple[int, ...]]:
    """The names of all weights and their shapes; recurrent ones are named as torch names them."""
    note, wide, hidden = config.note_width, config.event_width, config.hidden
    found: dict[str, tuple[int, ...]] = {
        **_layer("note", config.note_features, note),
        **_layer("event", config.event_features + note, wide),
        **_layer("mix", 2 * hidden + 2 * note, config.head_width),
        **_layer("answer", config.head_width, OUTPUTS),
    }
    for layer in range(config.layers):
        inputs = wide if layer == 0 else 2 * hidden
        for way in DIRECTIONS:
            found |= {
                f"gru.weight_ih_l{layer}{way}": (3 * hidden, inputs),
                f"gru.weight_hh_l{layer}{way}": (3 * hidden, hidden),
                f"gru.bias_ih_l{layer}{way}": (3 * hidden,),
                f"gru.bias_hh_l{layer}{way}": (3 * hidden,),
            }
    return found


def _layer(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
