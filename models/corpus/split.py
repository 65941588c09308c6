# SPDX-License-Identifier: Apache-2.0
"""The split into training, validation and test: by family of works, stable for good.

1. A family with pieces of an official split (groove, jsb-chorales) goes where the strictest of
   them is: test before valid before train.
2. A family of nothing but sets that are never measured on (synthetic ones) is training.
3. Every other family goes by SHA-256 of `nextbar-corpus-1:` and the family's name: the first
   eight bytes as a fraction of 2**64; below 0.8 train, below 0.9 valid, else test.
4. Pieces of a set that is never measured on, in a family that is not training, are left out
   (`none`): they would leak what is held out, and must not be tested with.

So no family, and no work, is in two of the three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from models.corpus.piece import Label
from models.corpus.sets import set_named

SPLITS = ("train", "valid", "test")
LEFT_OUT = "none"
_SALT = "nextbar-corpus-1:"
_STRICTEST = ("test", "valid", "train")


@dataclass
class _Family:
    """What decides the split of a family."""

    officials: set[str]
    measured: bool = False


def hashed_split(family: str) -> str:
    """The split of a family that no one has split before."""
    digest = sha256((_SALT + family).encode("utf-8")).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    if fraction < 0.8:
        return "train"
    return "valid" if fraction < 0.9 else "test"


def split_all(labels: Sequence[Label]) -> list[Label]:
    """The same labels, in the same order, each with its split.

    Args:
        labels: of all pieces; `work` names the family.
    """
    known: defaultdict[str, _Family] = defaultdict(lambda: _Family(set()))
    for label in labels:
        family = known[label.work]
        family.officials.add(label.official)
        family.measured |= not set_named(label.set_name).train_only
    splits = {name: _split_of(name, family) for name, family in known.items()}
    return [replace(label, split=_piece_split(label, splits[label.work])) for label in labels]


def _split_of(name: str, family: _Family) -> str:
    for split in _STRICTEST:
        if split in family.officials:
            return split
    return hashed_split(name) if family.measured else "train"


def _piece_split(label: Label, family_split: str) -> str:
    if family_split != "train" and set_named(label.set_name).train_only:
        return LEFT_OUT
    return family_split
