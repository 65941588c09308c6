# SPDX-License-Identifier: Apache-2.0
"""MIDI files over HTTP: bytes to clips, and a take's clips to bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.errors import BadFile
from models.wire import clip_from_data, clip_to_data


def clips_of_file(raw: bytes) -> dict[str, Any]:
    """The clips in a MIDI file as JSON data: `{"clips": [...]}`, parts without notes left out.

    Raises:
        BadFile: it is not a MIDI file, or damaged.
    """
    from models.midi import read_midi

    clips = [part.clip for part in read_midi(raw).parts if part.clip.notes]
    return {"clips": [clip_to_data(clip) for clip in clips]}


def file_of_take(take: Mapping[str, Any]) -> bytes:
    """A take, as the event `take_whole` holds it, as a MIDI file with a track for each part.

    Raises:
        BadFile: the take has no notes to write, since it is audio.
        BadClip: a MIDI file can't carry one of its clips.
    """
    from models.midi import midi_bytes, song_of_answer

    parts = take.get("parts", ())
    if not parts:
        raise BadFile("This take has no notes; a .mid file can't hold it.", where="take")
    request = take.get("request", {})
    command, role = request.get("command", ""), request.get("args", {}).get("role") or ""
    clips = [clip_from_data(part) for part in parts]
    raw: bytes = midi_bytes(song_of_answer(clips, command, role))
    return raw
