# SPDX-License-Identifier: Apache-2.0
"""Imports audiocraft without xformers, of which it only needs one function it hardly uses."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def stand_in() -> None:
    """Put a module in xformers' place where it is not installed; its attention is not used."""
    if "xformers" in sys.modules or find_spec("xformers") is not None:
        return
    import torch

    package, ops = ModuleType("xformers"), ModuleType("xformers.ops")
    for module in (package, ops):
        module.__spec__ = ModuleSpec(module.__name__, None)
        sys.modules[module.__name__] = module
    ops.__dict__["unbind"] = torch.unbind
    package.__dict__["ops"] = ops


def load(name: str, device: str) -> Any:
    """A model of audiocraft by name or folder.

    Raises:
        ImportError: audiocraft is not in this environment.
    """
    stand_in()
    from audiocraft.models import MusicGen

    return MusicGen.get_pretrained(name, device=device)
