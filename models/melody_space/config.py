# SPDX-License-Identifier: Apache-2.0
"""Sizes of the melody network, and the names and shapes of its weights; no library needed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from models.errors import BadFile
from models.melody_space.frame import METRE_CLASSES, PLACES, SLOTS
from models.melody_space.lines import REACH
from models.melody_space.symbols import STATES

Shape = tuple[int, ...]
SLIDERS = 3  # directions that come with the network


@dataclass(frozen=True, slots=True)
class SpaceConfig:
    """Sizes of the network.

    Attributes:
        latent: numbers that stand for two bars.
        width: of a quarter as a vector.
        encoder, decoder: units of the recurrent layers, one direction each.
        address: numbers of each quarter that reach the latent directly, and the other way round.
        hidden: units that write the slots of a quarter.
        chords: bits of the chord shapes that are known; the first is 0, the single note.
    """

    latent: int = 128
    width: int = 160
    encoder: int = 192
    decoder: int = 320
    address: int = 64
    hidden: int = 256
    chords: tuple[int, ...] = (0,)

    def to_json(self) -> str:
        """As text, for a weight file."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> SpaceConfig:
        """The inverse of `to_json`.

        Raises:
            BadFile: the text is of something else.
        """
        try:
            values = json.loads(text)
            chords = tuple(int(value) for value in values.pop("chords"))
            sizes = {name: int(value) for name, value in values.items()}
            config = cls(chords=chords, **sizes)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _foreign() from error
        fine = all(1 <= value <= 4096 for value in sizes.values()) and chords[:1] == (0,)
        if not fine or len(chords) > 4096 or any(not 0 <= c < 1 << REACH for c in chords):
            raise _foreign()
        return config


def shapes(config: SpaceConfig) -> dict[str, Shape]:
    """Name → shape of every weight; matrices are (out, in), as torch keeps them."""
    width, chords = config.width, len(config.chords)
    inner = 2 * config.encoder + PLACES * config.address
    given = config.address + width
    return {
        "states.weight": (SLOTS * STATES, width),
        "chords.weight": (chords, width),
        "slot_gain": (SLOTS, width),
        "places.weight": (PLACES + 1, width),
        "metres.weight": (METRE_CLASSES + 1, width),
        **_linear("mix", width, width),
        **_gru("encoder", config.encoder, width, both_ways=True),
        **_linear("address_in", config.address, width),
        **_linear("to_latent", 2 * config.latent, inner),
        **_linear("address_out", PLACES * config.address, config.latent),
        **_linear("given", given, 2 * width + config.address),
        **_linear("start", config.decoder, config.latent),
        **_gru("decoder", config.decoder, given),
        **_linear("plan", config.hidden, config.decoder + config.address),
        "slots": (SLOTS, config.hidden),
        "seen.weight": (SLOTS * STATES, config.hidden),
        "seen_chords.weight": (chords, config.hidden),
        **_linear("deepen", config.hidden, config.hidden),
        **_linear("out", width, config.hidden),
        "state_bias": (SLOTS, STATES),
        "struck.weight": (STATES, config.hidden),
        **_linear("chord_out", width, config.hidden),
        "chord_bias": (chords,),
        "sliders": (SLIDERS, config.latent),
    }


def _linear(name: str, out: int, into: int) -> dict[str, Shape]:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def _gru(name: str, units: int, into: int, *, both_ways: bool = False) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for way in ("l0", "l0_reverse")[: 1 + both_ways]:
        found[f"{name}.weight_ih_{way}"] = (3 * units, into)
        found[f"{name}.weight_hh_{way}"] = (3 * units, units)
        found[f"{name}.bias_ih_{way}"] = (3 * units,)
        found[f"{name}.bias_hh_{way}"] = (3 * units,)
    return found


def _foreign() -> BadFile:
    return BadFile("These are not the weights of a melody space.", where="weights")
