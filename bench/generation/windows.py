# SPDX-License-Identifier: Apache-2.0
"""Held-out windows: prompts, what really followed, and parts that play together, of the test split.

Which windows are measured is decided by hashes, never by how they sound; the same command on the
same corpus takes the same ones.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from continuing.windows import ROLES, Window, cut

from models.clip import Clip, Note
from models.corpus.piece import Piece, PiecePart
from models.corpus.shards import Shard, open_shards
from models.engines.motif.score import monophonic

GROUPS = {
    "games": ("freedoom", "simutrans", "avmidi"),
    "folk": ("fiddle-tunes",),
    "songs": ("openewld-pd", "openscore-lieder"),
    "hymns": ("openhymnal", "jsb-chorales"),
    "scores": ("openscore-quartets", "openscore-hauptstimme", "mutopia"),
    "drummers": ("groove",),
    "sets never trained on": ("nottingham", "openmsx", "piano-midi-de", "mutopia-by-sa"),
}
PER_PIECE = 2
SHARED_BARS = 8
FEWEST_NOTES = 8
MOST_CLIPS = 8  # that an accompaniment can be asked for
_ROLES = {
    "lead": "melody", "vocal": "melody", "S": "melody", "bass": "bass", "B": "bass",
    "chords": "chords", "pad": "chords", "guitar": "chords", "drums": "drums",
}  # fmt: skip

T = TypeVar("T")
W = TypeVar("W", Window, "Ensemble")


@dataclass(frozen=True)
class Ensemble:
    """Eight bars of several parts: the one in question, and those that play with it."""

    name: str
    piece: str
    group: str
    role: str
    real: Clip
    others: tuple[PiecePart, ...]

    @property
    def clips(self) -> tuple[Clip, ...]:
        """What an engine is given."""
        return tuple(part.clip for part in self.others)


@dataclass(frozen=True)
class Place:
    """Where a held-out piece lies, and what it is measured as."""

    shard: Shard
    number: int
    group: str
    roles: frozenset[str]

    @property
    def name(self) -> str:
        """Set and path."""
        label = self.shard.entries[self.number].label
        return f"{label.set_name}/{label.path}"

    def read(self) -> Piece:
        """The piece itself."""
        return self.shard.piece(self.number)


def places(corpus: Path) -> list[Place]:
    """Every held-out piece whose beats can be trusted, in the order of the hashes of their names.

    Nothing is read of them but what the index says.
    """
    group_of = {name: group for group, names in GROUPS.items() for name in names}
    found = []
    for shard in open_shards(corpus, "test"):
        group = group_of.get(shard.path.name.split(".")[0], "")
        for number, entry in enumerate(shard.entries):
            roles = frozenset(_ROLES[role] for role in entry.counts.notes if role in _ROLES)
            if group and entry.label.grid != "none":
                found.append(Place(shard, number, group, roles))
    return by_hash(found, lambda place: place.name, len(found))


def by_hash(items: Iterable[T], name: Callable[[T], str], most: int) -> list[T]:
    """At most so many of the items, in the order of the hashes of their names."""
    return sorted(items, key=lambda item: hashlib.sha1(name(item).encode()).digest())[:most]


def role_of(part: PiecePart) -> str | None:
    """What the part is measured as, if at all; a line is no chords, whatever its name."""
    role = _ROLES.get(part.role)
    return None if role == "chords" and monophonic(part.clip.notes) else role


def prompts(corpus: Path, most: int) -> dict[str, list[Window]]:
    """For each role, at most so many windows of each group of sets."""
    return _gathered(corpus, ROLES, most, _prompts)


def ensembles(corpus: Path, roles: Sequence[str], most: int) -> dict[str, list[Ensemble]]:
    """For each role, at most so many windows of each group in which it plays with other parts."""
    return _gathered(corpus, roles, most, _ensembles)


def _gathered(
    corpus: Path,
    roles: Sequence[str],
    most: int,
    cut_all: Callable[[Place, Piece, str], Iterator[W]],
) -> dict[str, list[W]]:
    """Windows by role, group after group; pieces are read until there are enough."""
    found: defaultdict[tuple[str, str], list[W]] = defaultdict(list)
    for place in places(corpus):
        wanted = [r for r in roles if r in place.roles and len(found[r, place.group]) < most]
        piece = place.read() if wanted else None
        for role in wanted:
            assert piece is not None
            windows = by_hash(cut_all(place, piece, role), lambda w: w.name, PER_PIECE)
            found[role, place.group] += windows
    return {role: [w for g in GROUPS for w in found[role, g][:most]] for role in roles}


def _prompts(place: Place, piece: Piece, role: str) -> Iterator[Window]:
    for number, part in enumerate(piece.parts):
        if role_of(part) == role:
            for window in cut(piece.label.work, part.clip, role):
                name = f"{place.name}/{number}/{window.name}"
                yield replace(window, group=place.group, name=name)


def _ensembles(place: Place, piece: Piece, role: str) -> Iterator[Ensemble]:
    mine = next((part for part in piece.parts if role_of(part) == role), None)
    if mine is None:
        return
    rest = [part for part in piece.parts if part.clip.notes and role_of(part) != role]
    bars = [bar for bar in mine.clip.bars(0.0, piece.length_beats) if bar.start_beats >= 0]
    for first in range(0, len(bars) - SHARED_BARS + 1, SHARED_BARS):
        span = bars[first : first + SHARED_BARS]
        if len({bar.metre for bar in span}) > 1:
            continue
        low, high = span[0].start_beats, span[-1].end_beats
        real = excerpt(mine.clip, low, high)
        others = [replace(part, clip=excerpt(part.clip, low, high)) for part in rest]
        heard = [part for part in others if len(part.clip.notes) >= FEWEST_NOTES]
        heard.sort(key=lambda part: -len(part.clip.notes))
        if len(real.notes) >= FEWEST_NOTES and any(p.clip.kind == "melodic" for p in heard):
            name = f"{place.name}/{first}"
            together = tuple(heard[:MOST_CLIPS])
            yield Ensemble(name, piece.label.work, place.group, role, real, together)


def excerpt(clip: Clip, low_beats: float, high_beats: float) -> Clip:
    """What begins in a span that has one metre, from beat 0, cut off at its end."""
    length = high_beats - low_beats
    inside = (n.moved(-low_beats) for n in clip.notes if low_beats <= n.start_beats < high_beats)
    notes = tuple(_ending(note, length) for note in inside)
    metre, tempo = clip.metre_at(low_beats), clip.tempo_at(low_beats)
    return Clip(notes, length, metre=metre, tempo_bpm=tempo, kind=clip.kind, pads=clip.pads)


def _ending(note: Note, length_beats: float) -> Note:
    return replace(note, duration_beats=min(note.duration_beats, length_beats - note.start_beats))


def pieces_in(windows: Sequence[Window]) -> int:
    """How many works the windows are of."""
    return len({window.piece for window in windows})
