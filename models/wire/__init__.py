# SPDX-License-Identifier: Apache-2.0
"""Clips, requests and engine events as plain JSON data, exact to the last bit."""

from models.wire.audio import file_from_data, file_to_data, is_file
from models.wire.clips import clip_from_data, clip_to_data
from models.wire.events import (
    answer_from_data,
    answer_to_data,
    event_from_data,
    event_to_data,
    request_from_data,
    request_to_data,
)
from models.wire.notes import NOTE_FIELDS, notes_from_data, notes_to_data

__all__ = [
    "NOTE_FIELDS",
    "answer_from_data",
    "answer_to_data",
    "clip_from_data",
    "clip_to_data",
    "event_from_data",
    "event_to_data",
    "file_from_data",
    "file_to_data",
    "is_file",
    "notes_from_data",
    "notes_to_data",
    "request_from_data",
    "request_to_data",
]
