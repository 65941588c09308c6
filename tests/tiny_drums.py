# SPDX-License-Identifier: Apache-2.0
"""The drums engine with a tiny network of random weights: what it writes is nonsense, but valid.

Whatever must hold whatever the weights say is tested with this; it costs a tenth.
"""

import tempfile
from functools import cache
from pathlib import Path

from models.engines.drums.engine import Drums


def write_weights(path, seed=1):
    """A weight file of a tiny drum space, random."""
    from drum_spaces import TINY, random_arrays

    from models import weights
    from models.drum_space.space import KIND, stored_shapes

    packed = weights.packed(random_arrays(seed), stored_shapes(TINY), "fp32")
    weights.write_stored(path, packed, {"kind": KIND, weights.CONFIG: TINY.to_json()})
    return path


@cache
def _folder():
    return tempfile.TemporaryDirectory()


@cache
def weights_file(seed=1):
    """The file, written once a run."""
    return write_weights(Path(_folder().name) / f"{seed}.safetensors", seed)


class TinyDrums(Drums):
    """The engine with random weights."""

    def __init__(self, seed=1):
        super().__init__(weights_file(seed))
