# SPDX-License-Identifier: Apache-2.0
"""What plain MIDI loses of a part: finding it when writing, putting it back when reading.

An entry counts only where the file still says what it said when the entry was written, so that
a file which another program has edited reads as edited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.clip import Clip, Note, note_order
from models.errors import BadClip
from models.midi.extras import Extras, is_count
from models.midi.lane import Clock, Lane, plain_note
from models.midi.notes import FileNote
from models.midi.song import Part
from models.wire import NOTE_FIELDS, clip_from_data, clip_to_data, notes_from_data

# What the file says as well, so that it may have been edited there; and what it doesn't.
_SPOKEN = (
    "length_beats",
    "metre",
    "metre_changes",
    "tempo_bpm",
    "tempo_changes",
    "scale",
    "kind",
    "name",
)
_UNSPOKEN = ("loop_start_beats", "loop_end_beats", "start_marker_beats", "pads")
_NOTE_EXTRAS = tuple(name for name in NOTE_FIELDS if name not in {"pitch", "mute"})
_ROW_WIDTH = 7

_Indexed = tuple[Note, int]


def find_extras(part: Part, plain: Part, lane: Lane, clock: Clock) -> Extras:
    """What `plain`, the part as its MIDI track says it, lacks of `part`."""
    head = _head(part, plain, lane.end_tick)
    sounding, muted = split_muted(part.clip, clock)
    order = _order([*sounding, *muted])
    if order:
        head["order"] = order
    indexed = order == "index"
    rows = []
    pairs = zip(lane.notes, plain.clip.notes, sounding, strict=True)
    for key, (file_note, heard, (note, index)) in zip(_keys(lane.notes), pairs, strict=True):
        lost = _lost(heard, note) | ({"index": index} if indexed else {})
        if lost:
            rows.append([*key, *_evidence(file_note), lost])
    silent = [_muted_row(note) | ({"index": index} if indexed else {}) for note, index in muted]
    if head or rows or silent:
        head["ticks_per_beat"] = clock.ticks_per_beat
    return Extras(head, rows, silent)


def split_muted(clip: Clip, clock: Clock) -> tuple[list[_Indexed], list[_Indexed]]:
    """The sounding notes as the file orders them, and the muted ones, each with its index."""
    every = [(note, index) for index, note in enumerate(clip.notes)]
    sounding = [item for item in every if not item[0].mute]
    sounding.sort(key=lambda item: clock.tick(item[0].start_beats))
    return sounding, [item for item in every if item[0].mute]


def _head(part: Part, plain: Part, end_tick: int) -> dict[str, Any]:
    """What differs in the clip's frame, and the channel of a track that says none."""
    wanted, said = _frame_data(part.clip), _frame_data(plain.clip)
    head: dict[str, Any] = {}
    spoken = {name: [said[name], wanted[name]] for name in _SPOKEN if said[name] != wanted[name]}
    default = {
        "loop_start_beats": 0.0,
        "loop_end_beats": wanted["length_beats"],
        "start_marker_beats": 0.0,
        "pads": [],
    }
    unspoken = {name: wanted[name] for name in _UNSPOKEN if wanted[name] != default[name]}
    if plain.channel != part.channel:
        spoken["channel"] = [plain.channel, part.channel]
    if spoken:
        head["spoken"] = spoken
    if "length_beats" in spoken:
        head["end_tick"] = end_tick
    if unspoken:
        head["clip"] = unspoken
    return head


def _frame_data(clip: Clip) -> dict[str, Any]:
    data = clip_to_data(clip.with_notes(()))
    del data["notes"]
    return data


def _order(file_order: Sequence[_Indexed]) -> str:
    """How the clip's own order follows from the file's: as it is, by pitch, or by index."""
    if _ascending(index for _, index in file_order):
        return ""
    by_pitch = sorted(file_order, key=lambda item: note_order(item[0]))
    return "pitch" if _ascending(index for _, index in by_pitch) else "index"


def _ascending(indices: Iterable[int]) -> bool:
    return all(index == expected for expected, index in enumerate(indices))


def _keys(notes: Iterable[FileNote]) -> Iterable[tuple[int, int, int]]:
    """Tick, pitch and occurrence: which of the notes at that tick and pitch it is, from 0."""
    seen: Counter[tuple[int, int]] = Counter()
    for note in notes:
        yield note.tick, note.pitch, seen[note.tick, note.pitch]
        seen[note.tick, note.pitch] += 1


def _evidence(note: FileNote) -> tuple[int, int, int]:
    return note.ticks_long, note.velocity, note.release_velocity


def _lost(heard: Note, note: Note) -> dict[str, Any]:
    return {
        name: getattr(note, name)
        for name in _NOTE_EXTRAS
        if getattr(note, name) != getattr(heard, name)
    }


def _muted_row(note: Note) -> dict[str, Any]:
    plain = Note(note.pitch, note.start_beats, note.duration_beats)
    needed = {name: getattr(note, name) for name in ("pitch", "start_beats", "duration_beats")}
    return needed | _lost(plain, note)


def apply_extras(part: Part, lane: Lane, extras: Extras, clock: Clock) -> Part:
    """The part with what the extras add to it, as far as the track still bears them out."""
    if not (extras.head or extras.notes or extras.muted):
        return part
    notes = _notes(lane, extras, clock)
    data = _frame_data(part.clip)
    spoken = dict(_mapping(extras.head.get("spoken")))
    if _scaled(extras.head.get("end_tick"), extras, clock) != lane.end_tick:
        spoken.pop("length_beats", None)
    for name in _SPOKEN:
        data[name] = _if_unchanged(data[name], spoken.get(name))
    data["loop_end_beats"] = data["length_beats"]
    unspoken = _mapping(extras.head.get("clip"))
    data.update({name: unspoken[name] for name in _UNSPOKEN if name in unspoken})
    try:
        channel = _if_unchanged(part.channel, spoken.get("channel"))
        return replace(part, clip=clip_from_data(data).with_notes(notes), channel=channel)
    except (BadClip, TypeError, ValueError):  # a foreign hand wrote the entry
        return replace(part, clip=part.clip.with_notes(notes))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _if_unchanged(said: Any, entry: object) -> Any:
    """The entry's value where the file says what the entry was written for."""
    if isinstance(entry, list) and len(entry) == 2 and entry[0] == said:
        return entry[1]
    return said


def _notes(lane: Lane, extras: Extras, clock: Clock) -> list[Note]:
    rows = _rows_by_key(extras, clock)
    found: list[tuple[Note, object]] = []
    for key, file_note in zip(_keys(lane.notes), lane.notes, strict=True):
        note = plain_note(file_note, clock)
        row = rows.get(key)
        found.append(_completed(note, file_note, row, clock) if row else (note, None))
    found += _muted(extras.muted)
    return _in_order(found, extras.head.get("order"))


def _rows_by_key(extras: Extras, clock: Clock) -> dict[tuple[int, int, int], list[Any]]:
    """The note entries, with their ticks in the resolution that the file has now."""
    rows = {}
    for row in extras.notes:
        numbers = row[:-1] if isinstance(row, list) and len(row) == _ROW_WIDTH else [None]
        if all(isinstance(number, int) for number in numbers) and isinstance(row[-1], dict):
            tick, pitch, occurrence, ticks_long, *rest = row
            key = (_scaled(tick, extras, clock), pitch, occurrence)
            rows[key] = [_scaled(ticks_long, extras, clock), *rest]
    return rows


def _scaled(ticks: Any, extras: Extras, clock: Clock) -> Any:
    """Ticks of the extras in the resolution that the file has now."""
    written = extras.head.get("ticks_per_beat")
    known = is_count(ticks) and is_count(written) and written > 0
    return round(ticks * clock.ticks_per_beat / written) if known else ticks


def _completed(
    note: Note, file_note: FileNote, row: Sequence[Any], clock: Clock
) -> tuple[Note, object]:
    """The note with those fields of its entry that the file bears out, and its index."""
    ticks_long, velocity, release_velocity, lost = row
    borne_out = {
        "duration_beats": ticks_long == file_note.ticks_long,
        "velocity": velocity == file_note.velocity,
        "release_velocity": release_velocity == file_note.release_velocity,
    }
    given = {n: v for n, v in lost.items() if n in _NOTE_EXTRAS and borne_out.get(n, True)}
    complete = _note_from({n: getattr(note, n) for n in NOTE_FIELDS} | given)
    if complete is None or abs(clock.tick(complete.start_beats) - file_note.tick) > 1:
        return note, None
    return complete, lost.get("index")


def _muted(rows: Iterable[object]) -> Iterable[tuple[Note, object]]:
    for row in rows:
        data = dict(_mapping(row))
        index = data.pop("index", None)
        note = _note_from(data | {"mute": True})
        if note is not None:
            yield note, index


def _note_from(data: Mapping[str, Any]) -> Note | None:
    try:
        return notes_from_data([data])[0]
    except BadClip:
        return None


def _in_order(found: list[tuple[Note, object]], order: object) -> list[Note]:
    """The notes in the clip's own order, or by onset and pitch where it is no longer known."""
    if order == "index":
        slots = {index: note for note, index in found if isinstance(index, int)}
        if sorted(slots) == list(range(len(found))):
            return [slots[index] for index in range(len(found))]
    notes = [note for note, _ in found]
    return sorted(notes, key=note_order) if order else notes
