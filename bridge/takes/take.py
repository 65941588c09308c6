# SPDX-License-Identifier: Apache-2.0
"""What a take is: one result with all that is needed to make it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import BadMessage
from models.audio.clip import AudioFile
from models.clip import Clip
from models.engine import Request
from models.errors import NextbarError
from models.wire import answer_from_data, is_file, request_from_data

FORMAT = 1
_ID = re.compile(r"t[1-9][0-9]{0,17}")
_MOST = 2**63  # what the index can count
_ASKED = frozenset({"command", "clips", "args", "seed", "takes"})


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A finished job on its way into the store; all music as `models.wire` writes it.

    Attributes:
        request: the request that was run.
        answers: for each take its parts.
        parents: takes that this one was made from.
        weights_hash: sha256 of the engine's weights, empty without weights.
    """

    request: Mapping[str, Any]
    answers: tuple[tuple[Mapping[str, Any], ...], ...]
    engine: str
    client: str = ""
    weights_hash: str = ""
    parents: tuple[str, ...] = ()
    stats: Mapping[str, Any] | None = None
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeSummary:
    """One line of a list of takes."""

    id: str
    created: str  # UTC, ISO 8601
    command: str
    engine: str
    seed: int
    rank: int  # 0 is the best of its job
    notes: int
    name: str  # of the source clip
    kept: bool  # exempt from the retention limit

    def to_data(self) -> dict[str, Any]:
        """The summary as JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Take:
    """One kept take, whole."""

    summary: TakeSummary
    data: Mapping[str, Any]  # the file as it was written

    @property
    def request(self) -> Request:
        """The request that made it, source clips included."""
        return request_from_data(self.data["request"])

    @property
    def parts(self) -> tuple[Clip, ...]:
        """Its clips; none where it is sound."""
        return answer_from_data(self.data["parts"]).parts

    @property
    def file(self) -> AudioFile | None:
        """Its audio file, where it is sound."""
        return answer_from_data(self.data["parts"]).file


def take_data(take_id: str, created: str, rank: int, keepsake: Keepsake) -> dict[str, Any]:
    """What is written to a take's file."""
    return {
        "format": FORMAT,
        "take": take_id,
        "created": created,
        "rank": rank,
        "engine": keepsake.engine,
        "client": keepsake.client,
        "weights_hash": keepsake.weights_hash,
        "parents": list(keepsake.parents),
        "stats": dict(keepsake.stats or {}),
        "degraded": list(keepsake.degraded),
        "kept": False,
        "request": dict(keepsake.request),
        "parts": [dict(part) for part in keepsake.answers[rank]],
    }


def summary_of(data: Mapping[str, Any]) -> TakeSummary:
    """The summary of a take's file.

    Raises:
        BadMessage: the data are not a take, or hold what an index can't.
    """
    try:
        request, clips = data["request"], data["request"]["clips"]
        if not request.keys() >= _ASKED:
            raise KeyError(*sorted(_ASKED - request.keys()))
        clips_made = [] if is_file(data["parts"]) else data["parts"]
        notes = sum(len(part["notes"]["rows"]) for part in clips_made)
        named = clips[0]["name"] if clips else ""
        title = named or request["args"].get("prompt", "")[:80]
        found = TakeSummary(
            data["take"],
            data["created"],
            request["command"],
            data["engine"],
            request["seed"],
            data["rank"],
            notes,
            title.encode(errors="replace").decode(),  # clients may have cut a character in two
            bool(data["kept"]),
        )
        _check(found)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, NextbarError) as error:
        raise BadMessage(f"This is not a take: {error!r:.200}.", where="take") from error
    return found


def _check(summary: TakeSummary) -> None:
    """Refuse what is not of its kind, since a file may have been written by anybody."""
    texts = (summary.created, summary.command, summary.engine)
    if not is_take_id(summary.id) or not all(isinstance(text, str) for text in texts):
        raise ValueError(summary.id)
    "".join(texts).encode()
    if not all(isinstance(n, int) and 0 <= n < _MOST for n in (summary.seed, summary.rank)):
        raise ValueError(summary.seed)


def is_take_id(name: object) -> bool:
    """Whether a take may be called so: t1, t2, ..."""
    return isinstance(name, str) and _ID.fullmatch(name) is not None
