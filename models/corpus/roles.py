# SPDX-License-Identifier: Apache-2.0
"""Roles: which part of a piece is lead, bass, chords, drums, soprano and so on.

What speaks for a role, the strongest first: the drum channel, the part's name, the set's index,
four voices in order, the General MIDI program, and last how the part moves: a lowest single line
is the bass, what strikes several notes at once is chords, the highest single line leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.clip import Clip, note_order
from models.corpus.piece import VOICES
from models.corpus.words import role_of_index, role_of_name, role_of_program
from models.tokens.vocabulary import DRUM_ROLES

_TOGETHER_BEATS = 0.03  # closer onsets are one chord
_LEGATO_BEATS = 0.12  # a note may reach this far into the next one and still be a single line
_SINGLE = 0.8  # share of onsets that makes a single line
_BASS_BELOW = 55.0  # mean pitch under which the lowest line can be a bass
_BUSY = 2.5  # notes a beat that make a pattern of a single line
_LEADERS = ("lead", "vocal", "S")


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What roles are guessed from.

    Attributes:
        name: of the track.
        program: General MIDI program 0-127 or None.
        index: role in the set's index, or empty.
        drums: whether the clip is drums.
        notes: number of notes.
        mean_pitch: in semitones.
        single: share of onsets that strike one note while nothing else rings on.
        notes_per_beat: over the beats from the first onset to the last.
    """

    name: str
    program: int | None
    index: str
    drums: bool
    notes: int
    mean_pitch: float
    single: float
    notes_per_beat: float


def part_facts(clip: Clip, program: int | None = None, index: str = "") -> PartFacts:
    """Measure a part.

    Args:
        clip: the part's notes.
        program: its General MIDI program.
        index: its role in the index of the set.
    """
    notes = sorted(clip.notes, key=note_order)
    onsets = single = 0
    ringing_beats = onset_beats = float("-inf")
    alone = False
    for note in notes:
        if note.start_beats - onset_beats < _TOGETHER_BEATS:
            single -= alone
            alone = False
        else:
            onsets += 1
            alone = ringing_beats - note.start_beats < _LEGATO_BEATS
            single += alone
            onset_beats = note.start_beats
        ringing_beats = max(ringing_beats, note.end_beats)
    span = notes[-1].start_beats - notes[0].start_beats if notes else 0.0
    return PartFacts(
        clip.name,
        program,
        index,
        clip.kind == "drums",
        len(notes),
        sum(note.pitch for note in notes) / max(len(notes), 1),
        single / max(onsets, 1),
        len(notes) / max(span, 1.0),
    )


def assign_roles(parts: Sequence[PartFacts], *, four_voices: bool = False) -> list[str]:
    """The role of each part.

    Args:
        parts: in the order of the file.
        four_voices: four unnamed lines are known to be soprano, alto, tenor, bass.
    """
    named = [_said(part) for part in parts]
    roles = _voices(parts, named, four_voices)
    if roles is None:
        roles = [said or role_of_program(p.program) for said, p in zip(named, parts, strict=True)]
        roles = ["" if _can_not(role, p) else role for role, p in zip(roles, parts, strict=True)]
    _find_bass(roles, parts)
    _find_lead(roles, parts)
    return [role or _by_movement(part) for role, part in zip(roles, parts, strict=True)]


def unnamed(part: PartFacts) -> PartFacts:
    """The same part as a file without names would show it."""
    return replace(part, name="", index="")


def _said(part: PartFacts) -> str:
    """What channel, name and index say; a voice of a piece with fewer than four is vocal."""
    role = role_of_name(part.name)
    if part.drums:
        return "percussion" if role == "percussion" else "drums"
    if role in {"soprano", "alto", "tenor"}:
        return "vocal"
    return role or role_of_index(part.index)


def _can_not(role: str, part: PartFacts) -> bool:
    """Whether the notes speak against a role: drums on a pitched track are no drums."""
    return role in DRUM_ROLES and not part.drums


def _voices(
    parts: Sequence[PartFacts], named: Sequence[str], four_voices: bool
) -> list[str] | None:
    """The roles if this is music for four voices, else None."""
    names = [role_of_name(part.name) for part in parts]
    if len({"soprano", "alto", "tenor", "bass"} & set(names)) >= 3:
        sung = {"soprano": "S", "alto": "A", "tenor": "T", "bass": "B"}
        return [sung.get(name, said) for name, said in zip(names, named, strict=True)]
    if len(parts) != 4 or not (four_voices or _looks_like_voices(parts, named)):
        return None
    order = sorted(range(4), key=lambda index: -parts[index].mean_pitch)
    roles = [""] * 4
    for voice, index in zip(VOICES, order, strict=True):
        roles[index] = voice
    return roles


def _looks_like_voices(parts: Sequence[PartFacts], named: Sequence[str]) -> bool:
    """Four unnamed single lines from high to low, in the compass of voices, about as busy."""
    busy = [part.notes_per_beat for part in parts]
    pitches = [part.mean_pitch for part in parts]
    programs = {role_of_program(part.program) for part in parts}
    return (
        not any(named)
        and programs <= {"", "pad"}
        and min(part.single for part in parts) > 0.9
        and pitches == sorted(pitches, reverse=True)
        and 60 < pitches[0] < 80
        and 40 < pitches[3] < 58
        and max(busy) < 2 * min(busy)
    )


def _find_bass(roles: list[str], parts: Sequence[PartFacts]) -> None:
    """Make the lowest single line the bass when nothing is said to be it."""
    if any(role in {"bass", "B"} for role in roles):
        return
    pitched = [i for i, part in enumerate(parts) if not part.drums and part.notes]
    if len(pitched) < 2:
        return
    lowest = min(pitched, key=lambda index: parts[index].mean_pitch)
    part = parts[lowest]
    free = roles[lowest] in {"", "strings", "guitar", "brass", "pad"}
    if free and part.single >= _SINGLE and part.mean_pitch < _BASS_BELOW:
        roles[lowest] = "bass"


def _find_lead(roles: list[str], parts: Sequence[PartFacts]) -> None:
    """Make the highest single line the lead when nothing leads."""
    if any(role in _LEADERS for role in roles):
        return
    lines = [
        index
        for index, part in enumerate(parts)
        if roles[index] in {"", "strings"}
        and not part.drums
        and part.notes
        and part.single >= _SINGLE
    ]
    enough = max((parts[index].notes for index in lines), default=0) / 4
    lines = [index for index in lines if parts[index].notes >= enough]
    if lines:
        roles[max(lines, key=lambda index: parts[index].mean_pitch)] = "lead"


def _by_movement(part: PartFacts) -> str:
    """A role for a part of which nothing but its notes is known."""
    if part.single < 0.5:
        return "chords"
    if part.single >= _SINGLE and part.notes_per_beat >= _BUSY:
        return "arp"
    return "other"
