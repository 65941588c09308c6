# SPDX-License-Identifier: Apache-2.0
"""The clip engine with a tiny network of random weights: what it writes is nonsense, but valid.

Whatever must hold whatever the weights say is tested with this; it costs a fiftieth.
"""

import tempfile
from functools import cache
from pathlib import Path

from models.engines.clip.engine import ClipModel


def write_weights(path, seed=0, loudness=0.3):
    """A weight file of the debug network, random."""
    import numpy as np

    from models import weights
    from models.network import NetworkConfig, shapes
    from models.tokens.vocabulary import SIZE, vocabulary_hash

    config = NetworkConfig(SIZE, width=32, layers=1, heads=2)
    rng = np.random.default_rng(seed)
    arrays = {
        name: np.ones(shape) if len(shape) == 1 else rng.normal(0, loudness, shape)
        for name, shape in shapes(config).items()
    }
    weights.write(path, arrays, config, "fp32", {"vocabulary": vocabulary_hash()})
    return path


@cache
def _folder():
    return tempfile.TemporaryDirectory()


@cache
def weights_file(seed=0):
    """The file, written once a run."""
    return write_weights(Path(_folder().name) / f"{seed}.safetensors", seed)


class TinyClip(ClipModel):
    """The engine with random weights."""

    def __init__(self, seed=0):
        super().__init__(weights_file(seed))
