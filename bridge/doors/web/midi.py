# SPDX-License-Identifier: Apache-2.0
"""Files over HTTP: MIDI to clips, a take's clips to MIDI, and where a take's sound lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.errors import BadFile
from models.places import fault_of
from models.wire import clip_from_data, clip_to_data, is_file


def clips_of_file(raw: bytes) -> dict[str, Any]:
    """The clips in a MIDI file as JSON data: `{"clips": [...]}`, parts without notes left out.

    Raises:
        BadFile: it is not a MIDI file, or damaged.
    """
    from models.midi import read_midi

    clips = [part.clip for part in read_midi(raw).parts if part.clip.notes]
    return {"clips": [clip_to_data(clip) for clip in clips]}


def sound_of_take(take: Mapping[str, Any]) -> str:
    """The path of a take's audio file, with the take as the event `take_whole` holds it.

    Raises:
        BadFile: the take has notes and no sound, or its file is gone.
    """
    parts = take.get("parts", ())
    if not is_file(parts):
        raise BadFile("This take is notes and no sound; get it as .mid.", where="take")
    path = str(parts[0]["path"])
    if fault_of(path):
        raise BadFile(f"{path} is gone; forget this take, or make it again.", where="take")
    return path


def file_of_take(take: Mapping[str, Any]) -> bytes:
    """A take, as the event `take_whole` holds it, as a MIDI file with a track for each part.

    Raises:
        BadFile: the take has no notes to write, since it is audio.
        BadClip: a MIDI file can't carry one of its clips.
    """
    from models.midi import midi_bytes, song_of_answer

    parts = take.get("parts", ())
    if not parts or is_file(parts):
        raise BadFile("This take has no notes; if it is sound, get it as .wav.", where="take")
    request = take.get("request", {})
    command, role = request.get("command", ""), request.get("args", {}).get("role") or ""
    clips = [clip_from_data(part) for part in parts]
    raw: bytes = midi_bytes(song_of_answer(clips, command, role))
    return raw
