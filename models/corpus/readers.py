# SPDX-License-Identifier: Apache-2.0
"""Readers: a folder of sets, or any folder of MIDI files, becomes pieces one by one.

Files that can't be used are told with their reason and never stop the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.clip import Clip
from models.corpus.analysis import piece_key
from models.corpus.barlines import Barred, by_accents, by_long_notes
from models.corpus.facts import Facts, Track, facts_of
from models.corpus.piece import Label, Piece, PiecePart
from models.corpus.roles import PartFacts, assign_roles, part_facts
from models.corpus.sets import OWN, SETS, SetInfo, folders, set_named
from models.errors import BadFile
from models.midi import Part, read_midi

_MIDI_SUFFIXES = frozenset({".mid", ".midi"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read, and what is known of it."""

    root: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file: a piece with the facts its roles came from, or the reason why not."""

    source: Source
    piece: Piece | None = None
    parts: tuple[PartFacts, ...] = ()
    reason: str = ""


def set_sources(folder: Path, only: Sequence[str] = ()) -> Iterator[Source]:
    """The files of all sets in a folder, set by set.

    Args:
        folder: holds a folder for each set, with its index.jsonl.
        only: names of sets to read; all by default.

    Raises:
        BadFile: the folder holds no set.
    """
    unknown = sorted(set(only) - {info.name for info in SETS})
    if unknown:
        raise BadFile(f"There is no set called {unknown[0]}.", where="only")
    found = [name for name in folders() if (folder / name / "index.jsonl").is_file()]
    if not found:
        raise BadFile(
            f"{folder} holds no set: unpack the archives there, so that it has folders such as "
            f"{folders()[0]}/ with an index.jsonl, or use --own to read your own MIDI files.",
            where=str(folder),
        )
    return (
        Source(str(folder / name), facts)
        for name in found
        for facts in facts_of(folder / name)
        if not only or facts.set_name in only
    )


def own_sources(folder: Path) -> Iterator[Source]:
    """Every MIDI file under a folder, in order of its path.

    Raises:
        BadFile: there is none.
    """
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _MIDI_SUFFIXES]
    if not paths:
        raise BadFile(
            f"{folder} holds no MIDI files: name a folder with .mid files.", where=str(folder)
        )
    return (_own_source(folder, path.relative_to(folder)) for path in paths)


def _own_source(folder: Path, path: Path) -> Source:
    work = f"{OWN.name}:{path.with_suffix('').as_posix()}"
    return Source(str(folder), Facts(path.as_posix(), OWN.name, work, path.stem))


def read_source(source: Source) -> Reading:
    """Read one file into a piece with roles and key."""
    facts = source.facts
    info = set_named(facts.set_name)
    try:
        song = read_midi(Path(source.root) / facts.path)
    except BadFile as error:
        return Reading(source, reason=error.message)
    sounding = [part for part in song.parts if part.clip.notes]
    if not sounding:
        return Reading(source, reason="The file has no notes.")
    indexed = _indexed_roles(sounding, facts.tracks)
    measured = tuple(
        part_facts(part.clip, part.program, role)
        for part, role in zip(sounding, indexed, strict=True)
    )
    roles = assign_roles(measured, four_voices=info.four_voices)
    barred = _barred(_joined(roles, sounding, info), info, song.ticks_per_beat)
    label = replace(_label(facts, info), key=piece_key(barred.parts), grid=barred.grid)
    return Reading(source, Piece(label, barred.parts), measured)


def _barred(parts: tuple[PiecePart, ...], info: SetInfo, ticks_per_beat: int) -> Barred:
    """The parts with their bar lines as the set's converter meant them."""
    if info.bar_lines == "accents":
        return by_accents(parts, ticks_per_beat)
    if info.bar_lines == "long notes":
        return by_long_notes(parts, ticks_per_beat)
    return Barred(parts, info.grid)


def _label(facts: Facts, info: SetInfo) -> Label:
    return Label(
        facts.set_name,
        facts.path,
        facts.work,
        facts.title,
        facts.licence or info.licence,
        facts.attribution or info.attribution,
        official=facts.official,
    )


def _indexed_roles(parts: Sequence[Part], tracks: Sequence[Track]) -> list[str]:
    """The index's role of each part: of the next track with as many notes, or empty."""
    left: defaultdict[int, list[Track]] = defaultdict(list)
    for track in tracks:
        left[track.notes].append(track)
    roles: list[str] = []
    for part in parts:
        same = left[len(part.clip.notes)]
        named = next((track for track in same if track.name.strip() == part.name.strip()), None)
        if not same:
            roles.append("")
            continue
        found = same.pop(same.index(named) if named else 0)
        roles.append(found.role)
    return roles


def _joined(roles: Sequence[str], parts: Sequence[Part], info: SetInfo) -> tuple[PiecePart, ...]:
    """The parts with their roles: drums as one kit, sections of one role as one part."""
    joined: dict[str, PiecePart] = {}
    for number, (role, part) in enumerate(zip(roles, parts, strict=True)):
        one = role == "drums" or (info.sections and role == "bass")
        key = role if one else f"{role} {number}"
        new = PiecePart(role, part.clip, part.program)
        joined[key] = _together(joined[key], new) if key in joined else new
    return tuple(joined.values())


def _together(first: PiecePart, second: PiecePart) -> PiecePart:
    """Both parts as one: the notes by onset, the frame of the longer clip."""
    longer = max(first.clip, second.clip, key=lambda clip: clip.length_beats)
    return replace(first, clip=_merged(longer, first.clip, second.clip))


def _merged(frame: Clip, first: Clip, second: Clip) -> Clip:
    notes = sorted((*first.notes, *second.notes), key=lambda note: (note.start_beats, note.pitch))
    return replace(frame, notes=tuple(notes), name=first.name, kind=first.kind)
