# SPDX-License-Identifier: Apache-2.0
"""The performer with a tiny network of random weights: wild, but within what players may do."""

import tempfile
from functools import cache
from pathlib import Path

from models.engines.performer.engine import Performer


@cache
def _folder():
    return tempfile.TemporaryDirectory()


@cache
def weights_file(seed=0):
    """The file, written once a run."""
    from performers import untrained

    from models.performer.stored import write_weights

    weights = untrained(seed)
    path = Path(_folder().name) / f"{seed}.safetensors"
    write_weights(path, weights.network, weights.traits, {}, "fp32")
    return path


class TinyPerformer(Performer):
    """The engine with random weights."""

    def __init__(self, seed=0):
        super().__init__(weights_file(seed))
