# SPDX-License-Identifier: Apache-2.0
"""The engine contract: what an engine says of itself, is asked, and yields.

An engine is a class with an `info`, a `load` and one generator method. It is stepped in a process
of its own; the generator may be closed at any yield, and that is how a job is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.clip import Clip, Kind, Note
from models.param import Param


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What one may know of an engine without loading it.

    Attributes:
        name: how a request names it.
        doc: one sentence for lists.
        commands: the commands it serves, best first use: `continue`, `vary`, ...
        roles: for `accompany`: the roles it can play.
        kinds: of which kind the clips must be that it answers: melodic, drums.
        other_kinds: command → kinds, for commands that take others.
        needs_clips: whether it answers nothing without a clip.
        params: settings of its own, beyond those of the command.
        honours: the controls it follows, of those in `models.wishes` that an engine may leave
            aside; where a request turns another one, the answer says that it was not followed.
        max_bars: most bars it answers in one take.
        max_notes: most notes it reads.
        licence: of its code.
        weights_licence: of its weights; empty when it has none.
        weights_hash: sha256 of its weights; empty when it has none.
        commercial_use: whether its output may be used commercially under these licences.
        extra: the extra of the package that installs what it needs; empty for the base install.
        modules: the modules it imports from that extra.
    """

    name: str
    doc: str
    commands: tuple[str, ...]
    roles: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ("melodic", "drums")
    other_kinds: Mapping[str, tuple[Kind, ...]] = field(default_factory=dict)
    params: tuple[Param, ...] = ()
    honours: tuple[str, ...] = ()
    needs_clips: bool = True
    max_bars: int = 64
    max_notes: int = 20_000
    licence: str = "Apache-2.0"
    weights_licence: str = ""
    weights_hash: str = ""
    commercial_use: bool = True
    extra: str = ""
    modules: tuple[str, ...] = ()

    def reads(self, command: str) -> tuple[Kind, ...]:
        """Of which kind the clips of a command must be."""
        return self.other_kinds.get(command, self.kinds)


@dataclass(frozen=True, slots=True)
class Request:
    """One question to an engine, already validated.

    Attributes:
        command: its name in the command table.
        clips: the clips it is about, in the order the command names them.
        args: every parameter of the command and the engine, coerced and filled with defaults.
        seed: the same seed and request give the same notes.
        takes: how many different answers are wanted.
    """

    command: str
    clips: tuple[Clip, ...]
    args: Mapping[str, Any]
    seed: int
    takes: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is: `fraction` 0-1 in `stage` (loading, generating, ...)."""

    fraction: float
    stage: str = "generating"
    notes: int = 0


@dataclass(frozen=True, slots=True)
class Partial:
    """New notes of one span of one take, as soon as they are known.

    `index` of `count` spans; a receiver that has all of them has every new note of the take.
    """

    take: int
    index: int
    count: int
    start_beats: float
    end_beats: float
    notes: tuple[Note, ...]
    part: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One take: usually one clip; one a voice for harmonise, one a step for interpolate."""

    parts: tuple[Clip, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The last event of an engine: its answers, best first.

    `degraded` names each step back it had to take, in words.
    """

    answers: tuple[Answer, ...]
    degraded: tuple[str, ...] = ()
    stats: Mapping[str, float] = field(default_factory=dict)


EngineEvent = Progress | Partial | Result


class Engine(Protocol):
    """What every engine offers. `models.registry` finds the classes."""

    info: EngineInfo

    def load(self, device: str) -> None:
        """Read weights and warm up; may be slow. `device` is `cpu`, `cuda` or `mps`."""

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress and partial results at least every 50 ms, and one Result at the end.

        Raises:
            NextbarError: when the request can't be answered, with what to do instead.
        """
