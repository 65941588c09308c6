# SPDX-License-Identifier: Apache-2.0
"""What the drum network is made of: its sizes, and the names and shapes of its weights.

Training (`definition`), playing (`twin`) and weight files agree through this file; it imports
neither torch nor numpy.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import prod

from models.errors import BadFile
from models.percussion.lanes import LANES

MAX_STEPS = 64  # of a window
MAX_BARS = 2
LANE_COUNT = len(LANES)
CELL = 3  # hit, velocity, offset
TAP = CELL  # the same three for hits of which the lane is not known
FLAGS = LANE_COUNT + 3  # lanes known; velocities known; timing known; every hit known
PLACE_FEATURES = 14
WIDEN = 2  # of the layer inside a block
EPSILON = 1e-5  # in every RMSNorm
MAX_SIDE = 4096

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class DrumConfig:
    """Sizes of a drum network.

    Attributes:
        width: of a step's vector.
        heads: of attention.
        encoder_layers, decoder_layers: blocks before and after the point.
        latent: length of the point.
        slots: places that a window is gathered into, whatever its length.
        slot_width: length of each slot.
        hidden: width of the layers between slots and point; they see a window once, not once a
            step, so that most weights lie there and cost little.
        cell_width: of the layer that decides on the lanes of a step.
    """

    width: int = 96
    heads: int = 4
    encoder_layers: int = 1
    decoder_layers: int = 2
    latent: int = 64
    slots: int = 32
    slot_width: int = 32
    hidden: int = 384
    cell_width: int = 48

    def __post_init__(self) -> None:
        if not all(type(v) is int and 1 <= v <= MAX_SIDE for v in asdict(self).values()):
            raise BadFile("The drum network's sizes must be whole numbers from 1.", where="config")
        if self.width % self.heads or max(self.encoder_layers, self.decoder_layers) > 16:
            raise BadFile("The drum network's sizes do not fit each other.", where="config")

    @property
    def inputs(self) -> int:
        """Numbers that the encoder reads at each step, besides its place."""
        return LANE_COUNT * CELL + TAP + FLAGS

    @property
    def parameters(self) -> int:
        """How many weights there are."""
        return sum(prod(shape) for shape in shapes(self).values())

    def to_json(self) -> str:
        """The config as it stands in a weight file."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> DrumConfig:
        """The config of a weight file.

        Raises:
            BadFile: it is none.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise BadFile("The weights are not of the drum network.", where="config") from error


def shapes(config: DrumConfig) -> Shapes:
    """Name → shape of every weight; a matrix maps its last axis to its first."""
    c = config
    found: Shapes = {}
    for side in ("encoder", "decoder"):
        found |= {
            f"{side}.index.weight": (MAX_STEPS, c.width),
            f"{side}.place.weight": (MAX_STEPS, c.width),
            f"{side}.bar.weight": (MAX_BARS, c.width),
            f"{side}.features.weight": (c.width, PLACE_FEATURES),
            f"{side}.look.weight": (c.slots, c.width),
            f"{side}.norm.weight": (c.width,),
        }
        layers = c.encoder_layers if side == "encoder" else c.decoder_layers
        for number in range(layers):
            found |= _block(f"{side}.blocks.{number}.", c.width)
    found |= _encoder(c) | _decoder(c)
    return found


def _block(prefix: str, width: int) -> Shapes:
    """A pre-norm transformer block without biases."""
    return {
        f"{prefix}before.weight": (width,),
        f"{prefix}mix.weight": (3 * width, width),
        f"{prefix}join.weight": (width, width),
        f"{prefix}after.weight": (width,),
        f"{prefix}widen.weight": (WIDEN * width, width),
        f"{prefix}narrow.weight": (width, WIDEN * width),
    }


def _encoder(c: DrumConfig) -> Shapes:
    return {
        "encoder.cells.weight": (c.width, c.inputs),
        "encoder.gather.weight": (c.slot_width, c.width),
        "encoder.shrink.weight": (c.hidden, c.slots * c.slot_width),
        "encoder.shrink.bias": (c.hidden,),
        "encoder.deepen.weight": (c.hidden, c.hidden),
        "encoder.deepen.bias": (c.hidden,),
        "encoder.point.weight": (2 * c.latent, c.hidden),
        "encoder.point.bias": (2 * c.latent,),
    }


def _decoder(c: DrumConfig) -> Shapes:
    return {
        "decoder.kit.weight": (c.width, LANE_COUNT),
        "decoder.grow.weight": (c.hidden, c.latent),
        "decoder.grow.bias": (c.hidden,),
        "decoder.deepen.weight": (c.hidden, c.hidden),
        "decoder.deepen.bias": (c.hidden,),
        "decoder.spread.weight": (c.slots * c.slot_width, c.hidden),
        "decoder.spread.bias": (c.slots * c.slot_width,),
        "decoder.scatter.weight": (c.width, c.slot_width),
        "lanes.base.weight": (LANE_COUNT * c.cell_width, c.width),
        "lanes.known.weight": (2 * LANE_COUNT, c.cell_width),
        "lanes.out.weight": (LANE_COUNT, c.cell_width),
        "lanes.out.bias": (LANE_COUNT,),
        "touch.base.weight": (c.cell_width, c.width),
        "touch.struck.weight": (c.cell_width, LANE_COUNT),
        "touch.out.weight": (4 * LANE_COUNT, c.cell_width),
        "touch.out.bias": (4 * LANE_COUNT,),
    }
