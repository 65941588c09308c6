# SPDX-License-Identifier: Apache-2.0
"""The engine morph with a tiny space of random weights."""

import tempfile
from functools import cache
from pathlib import Path

from models.engines.morph.engine import Morph


@cache
def _folder():
    return tempfile.TemporaryDirectory()


@cache
def weights_file(seed=0):
    """The file, written once a run."""
    from melody_spaces import CONFIG, tiny_arrays

    from models.melody_space.store import write_space

    path = Path(_folder().name) / f"{seed}.safetensors"
    write_space(path, tiny_arrays(seed), CONFIG, "fp32")
    return path


class TinyMorph(Morph):
    """The engine with random weights."""

    def __init__(self, seed=0):
        super().__init__(weights_file(seed))
