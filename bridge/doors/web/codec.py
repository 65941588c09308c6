# SPDX-License-Identifier: Apache-2.0
"""Strict JSON out, and the HTTP status of each answer."""

from __future__ import annotations

import json

from bridge.core.messages import Event

# Every code of `bridge.errors.CODES`; a test keeps the two in step.
STATUS = {
    "bad_argument": 400,
    "bad_clip": 422,
    "bad_file": 422,
    "bad_message": 400,
    "bad_config": 500,
    "unknown_command": 404,
    "unknown_job": 404,
    "unknown_take": 404,
    "no_engine": 422,
    "not_installed": 501,
    "not_fetched": 502,
    "queue_full": 429,
    "engine_fault": 500,
    "out_of_memory": 503,
    "worker_died": 500,
    "storage_failed": 507,
    "refused": 403,
    "too_large": 413,
    "port_taken": 503,
    "no_midi": 503,
    "internal": 500,
}
_CONFLICTS = frozenset(
    {"cancelled", "superseded"}
)  # the job ended, but not with what was asked for


def write_json(data: object) -> str:
    """Compact JSON text; never NaN or Infinity.

    Raises:
        ValueError: `data` holds one of them.
    """
    return json.dumps(data, allow_nan=False, separators=(",", ":"))


def binary_frame(text: str, pcm: bytes) -> bytes:
    """An event with samples: the length of its JSON, the JSON, then the samples.

    The length is four bytes, little-endian, as the samples are. The JSON is padded with spaces so
    that the samples begin at a multiple of four, where a Float32Array can be laid over them.
    """
    head = text.encode()
    head += b" " * (-len(head) % 4)
    return len(head).to_bytes(4, "little") + head + pcm


def status_of(event: Event) -> int:
    """The HTTP status that says how a request ended."""
    if event.name in {"error", "failed"}:
        return STATUS.get(str(event.fields.get("code")), 500)
    return 409 if event.name in _CONFLICTS else 200
