# SPDX-License-Identifier: Apache-2.0
"""Piece: the parts of one piece of music on one beat line, with the label that says what it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.clip import Clip
from models.errors import BadClip
from models.tokens.vocabulary import ROLES

VOICES = ("S", "A", "T", "B")  # of the roles, from high to low

# What can be trusted of the beat line: its bar lines, its beats only, or neither.
Grid = Literal["bars", "beats", "none"]


@dataclass(frozen=True, slots=True)
class PieceKey:
    """The key of a piece.

    Attributes:
        tonic: pitch class 0-11.
        minor: whether it is minor.
        confidence: 0-1, of the estimate.
        signed: whether a key signature in the file agrees with its notes and was followed.
    """

    tonic: int
    minor: bool
    confidence: float
    signed: bool = False

    @property
    def place(self) -> int:
        """Its number among the keys: 0-11 major by tonic, 12-23 minor."""
        return self.tonic + 12 * self.minor


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a piece besides its notes.

    Attributes:
        set_name: name of a row in `models.corpus.sets`.
        path: of the file, within the set's folder, with forward slashes.
        work: id of the work; works that turn out to be the same share one after
            de-duplication.
        title: empty when unknown.
        licence: of this piece.
        attribution: whom to name for it, empty when nobody asks for it.
        split: train, valid, test, or none for what must be left out; empty before splitting.
        official: the split that the set's makers gave it, or empty.
        key: None for pieces without pitched notes.
        grid: what of the beat line can be trusted.
    """

    set_name: str
    path: str
    work: str
    title: str = ""
    licence: str = ""
    attribution: str = ""
    split: str = ""
    official: str = ""
    key: PieceKey | None = None
    grid: Grid = "bars"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Label:
        """The inverse of `as_dict`."""
        key = values.get("key")
        return cls(**{**values, "key": PieceKey(**key) if key else None})


@dataclass(frozen=True, slots=True)
class PiecePart:
    """One part: its role, its notes, and its General MIDI program 0-127 if the file names one."""

    role: str
    clip: Clip
    program: int | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise BadClip(f"{self.role!r} is no role: use one of {', '.join(ROLES)}.", where="role")


@dataclass(frozen=True, slots=True)
class Piece:
    """Parts that sound together; beat 0 of every clip is the same moment.

    Metre, tempo and their changes are those of the clips.
    """

    label: Label
    parts: tuple[PiecePart, ...]

    @property
    def length_beats(self) -> float:
        """Where the longest part ends; 0 without parts."""
        return max((part.clip.length_beats for part in self.parts), default=0.0)

    def with_role(self, *roles: str) -> tuple[PiecePart, ...]:
        """The parts that play one of these roles."""
        return tuple(part for part in self.parts if part.role in roles)
