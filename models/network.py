# SPDX-License-Identifier: Apache-2.0
"""What the clip network is made of: its sizes, its inputs, the names and shapes of its weights.

Training (`models.transformer`), inference (`models.decoding`) and weight files
(`models.weights`) agree through this file. It imports neither torch nor numpy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate

from models.errors import BadFile
from models.tokens import vocabulary as v
from models.tokens.rolls import ROLL_NAMES
from models.tokens.state import FEATURE_NAMES, FEATURE_SIZES
from models.tokens.strikes import STRIKE_NAMES

PITCHES = 128
FIRST_PITCH = v.PITCH  # the token of pitch 0
ROLLS = len(ROLL_NAMES)
PLACES = v.LONGEST_BAR_TICKS
FIRST_PLACE = v.POS  # the token of a bar's first tick
STRIKES = len(STRIKE_NAMES)
EPSILON = 1e-5  # in every RMSNorm
# What adds to logits of its own: many values to one, so they begin as zeros and keep 16 bits.
ADDED = ("intervals.weight", "onsets.weight", "echoes.weight")
ECHO = "echo_"  # how the names of streams begin that name a token which may come next
MAX_SIDE = 65_536  # no side of a weight is longer

# Streams of small whole numbers that say where a token stands; they cost no tokens.
FEATURES = tuple(zip(FEATURE_NAMES, FEATURE_SIZES, strict=True))


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of a network.

    Attributes:
        vocabulary: number of tokens.
        width: length of the residual stream.
        layers, heads: blocks, and attention heads in each.
        context: the most positions it was trained on.
        features: (name, size) of each feature stream, in order.
        dropout: share of activations dropped in training; inference ignores it.
        rope_base: base of the rotary frequencies.
        interval_reach: semitones, either way, that the interval kernels reach; 0 for none.
        echoes: how many feature streams, those named echo_, name a token that may come next; its
            logit gains what the network thinks of that stream; 0 for none.
        onset_reach: ticks, either way, that the onset kernels reach; 0 for none.
    """

    vocabulary: int
    width: int = 64
    layers: int = 2
    heads: int = 2
    context: int = 2048
    features: tuple[tuple[str, int], ...] = FEATURES
    dropout: float = 0.0
    rope_base: float = 10_000.0
    interval_reach: int = 0
    echoes: int = 0
    onset_reach: int = 0

    def __post_init__(self) -> None:
        sides = (self.vocabulary, self.width, self.layers, self.heads, self.context)
        tables = tuple(size for _, size in self.features)
        if not all(type(side) is int and 1 <= side <= MAX_SIDE for side in (*sides, *tables)):
            raise BadFile("The network's sizes must be whole numbers from 1.", where="config")
        if self.width % self.heads or self.head_width % 2 or self.layers > 64:
            raise BadFile("The network's width must be an even share a head.", where="config")
        if not (0 <= self.dropout < 1 and 1 < self.rope_base < 1e9):
            raise BadFile("The network's dropout or rope_base is out of range.", where="config")
        self._check_reach("interval_reach", PITCHES)
        self._check_reach("onset_reach", PLACES)
        named = sum(name.startswith(ECHO) for name, _ in self.features)
        if type(self.echoes) is not int or self.echoes not in {0, named}:
            raise BadFile("The network's echoes are not among its features.", where="config")
        if self.vocabulary < FIRST_PITCH + PITCHES and (self.interval_reach or self.onset_reach):
            raise BadFile("The network's vocabulary holds no pitches.", where="config")

    def _check_reach(self, name: str, end: int) -> None:
        reach = getattr(self, name)
        if type(reach) is not int or not 0 <= reach < end:
            raise BadFile(f"The network's {name} is out of range.", where="config")

    @classmethod
    def named(cls, size: str, vocabulary: int) -> NetworkConfig:
        """The network of a named size: debug, 5m or 10m.

        Raises:
            KeyError: there is no such size.
        """
        width, layers, heads = SIZES[size]
        return cls(vocabulary, width, layers, heads)

    @property
    def head_width(self) -> int:
        """Length of one head's query."""
        return self.width // self.heads

    @property
    def hidden(self) -> int:
        """Length of the layer inside each MLP."""
        return 4 * self.width

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each feature stream's rows begin in the one table they share."""
        return tuple(accumulate((size for _, size in self.features), initial=0))[:-1]

    @property
    def distances(self) -> int:
        """How many distances an interval kernel covers; 0 without kernels."""
        return 2 * self.interval_reach + 1 if self.interval_reach else 0

    @property
    def lags(self) -> int:
        """How many distances in time an onset kernel covers; 0 without kernels."""
        return 2 * self.onset_reach + 1 if self.onset_reach else 0

    @property
    def echo_streams(self) -> slice:
        """Where the streams that name a token lie among the features; they lie together."""
        names = [name.startswith(ECHO) for name, _ in self.features]
        first = names.index(True) if self.echoes else 0
        return slice(first, first + self.echoes)

    @property
    def parameters(self) -> int:
        """How many weights there are."""
        return sum(_product(shape) for shape in shapes(self).values())

    def to_json(self) -> str:
        """The config as it stands in a weight file; parts that are not there aren't named."""
        fields = asdict(self)
        for name in ("interval_reach", "echoes", "onset_reach"):
            if not fields[name]:
                del fields[name]
        return json.dumps(fields, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> NetworkConfig:
        """The config of a weight file.

        Raises:
            BadFile: it is not one.
        """
        try:
            fields = json.loads(text)
            features = tuple((str(name), size) for name, size in fields.pop("features"))
            return cls(features=features, **fields)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BadFile(
                "The weights' config can't be read; fetch the file again.", where="config"
            ) from error


SIZES: Mapping[str, tuple[int, int, int]] = {  # width, layers, heads
    "debug": (64, 2, 2),
    "5m": (256, 6, 4),
    "10m": (320, 8, 5),
}


def shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every weight, in the order of the file."""
    width, hidden, head = config.width, config.hidden, config.head_width
    found: dict[str, tuple[int, ...]] = {
        "token.weight": (config.vocabulary, width),
        "features.weight": (sum(size for _, size in config.features), width),
        "sounding.weight": (PITCHES, width),
    }
    for layer in range(config.layers):
        block: dict[str, tuple[int, ...]] = {
            "attention_norm": (width,),
            "qkv": (3 * width, width),
            "query_norm": (head,),
            "key_norm": (head,),
            "out": (width, width),
            "mlp_norm": (width,),
            "up": (hidden, width),
            "down": (width, hidden),
        }
        found |= {f"blocks.{layer}.{name}.weight": shape for name, shape in block.items()}
    found["norm.weight"] = (width,)
    if config.interval_reach:
        found["intervals.weight"] = (ROLLS * config.distances, width)
    if config.echoes:
        found["echoes.weight"] = (config.echoes, width)
    if config.onset_reach:
        found["onsets.weight"] = (STRIKES * config.lags, width)
    return found


def _product(shape: tuple[int, ...]) -> int:
    result = 1
    for side in shape:
        result *= side
    return result
