# SPDX-License-Identifier: Apache-2.0
"""The engine contract: what an engine says of itself, is asked, and yields.

An engine is a class with an `info`, a `load` and one generator method. It is stepped in a process
of its own; the generator may be closed at any yield, and that is how a job is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from models.audio.clip import AudioClip, AudioFile, AudioRole
from models.clip import Clip, Kind, Note
from models.param import Param

if TYPE_CHECKING:
    from models.audio.clip import Samples


@dataclass(frozen=True, slots=True)
class AudioAbility:
    """What the host must know of an engine that makes sound.

    Attributes:
        sample_rate_hz: its own rate; the host resamples what goes in and what comes out.
        channels: 1 or 2, of what it makes and of what it is given.
        delivery: `frames` or `chunks` where it yields AudioPartial as it goes, in fine or coarse
            steps; `whole` where the sound comes with the result alone.
        tempo: `native` where it keeps the tempo that is asked; `prompt` where it only reads of
            it, so that the host writes "bpm: 92" into the words; `none` where it can't be told.
        inputs: which sounds it takes: one to `continue`, a `melody` to follow.
        max_seconds: most that it makes in one take.
        max_input_seconds: most that it hears of an input; the host hands over no more.
    """

    sample_rate_hz: int
    channels: int = 1
    delivery: Literal["frames", "chunks", "whole"] = "chunks"
    tempo: Literal["native", "prompt", "none"] = "prompt"
    inputs: tuple[AudioRole, ...] = ()
    max_seconds: float = 600.0
    max_input_seconds: float = 30.0


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
        devices: where it can compute, best first: of cpu, cuda, mps.
        audio: what the host must know where it makes sound; None for engines that write notes.
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
    devices: tuple[str, ...] = ("cpu",)
    audio: AudioAbility | None = None

    def reads(self, command: str) -> tuple[Kind, ...]:
        """Of which kind the clips of a command must be."""
        return self.other_kinds.get(command, self.kinds)


@dataclass(frozen=True, slots=True)
class AudioInput:
    """A sound that goes in, at the engine's own rate and number of channels.

    One to `continue` is whole bars that end on a bar line, so that the engine is given tempo and
    phase with it; the new sound begins right after its last sample.
    """

    role: AudioRole
    clip: AudioClip


@dataclass(frozen=True, slots=True)
class Request:
    """One question to an engine, already validated.

    Attributes:
        command: its name in the command table.
        clips: the clips it is about, in the order the command names them.
        args: every parameter of the command and the engine, coerced and filled with defaults.
        seed: the same seed and request give the same notes.
        takes: how many different answers are wanted.
        audio: for engines that make sound: the sounds it is about. They are named by path in
            `args` on every door, and read by the host in the worker.
        length_samples: for engines that make sound: how much is wanted at their own rate. It is
            a little more than the bars, because the host makes the seam of the loop from it.
    """

    command: str
    clips: tuple[Clip, ...]
    args: Mapping[str, Any]
    seed: int
    takes: int = 1
    audio: tuple[AudioInput, ...] = ()
    length_samples: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is: `fraction` 0-1 in `stage` (loading, generating, ...).

    `notes` so far, or `seconds` of sound so far.
    """

    fraction: float
    stage: str = "generating"
    notes: int = 0
    seconds: float = 0.0


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


@dataclass(frozen=True, slots=True, eq=False)
class AudioPartial:
    """New sound of one take, as soon as it is made.

    `start_samples` counts from the first new sample (sound that is continued lies before 0) and is
    where the take's last partial ended. From the engine it is at the engine's own rate; the host
    hands it on at the project's, with `sample_rate_hz` set.
    """

    take: int
    start_samples: int
    samples: Samples
    sample_rate_hz: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One take: usually one clip; one a voice for harmonise, one a step for interpolate.

    An engine that makes sound gives no parts and the `audio`, whole, at its own rate, or None
    where all of it went out in partials. The host makes a `file` of it.
    """

    parts: tuple[Clip, ...] = ()
    audio: AudioClip | None = None
    file: AudioFile | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The last event of an engine: its answers, best first.

    `degraded` names each step back it had to take, in words.
    """

    answers: tuple[Answer, ...]
    degraded: tuple[str, ...] = ()
    stats: Mapping[str, float] = field(default_factory=dict)


EngineEvent = Progress | Partial | AudioPartial | Result


class Engine(Protocol):
    """What every engine offers. `models.registry` finds the classes."""

    info: EngineInfo

    def load(self, device: str) -> None:
        """Read weights and warm up; may be slow.

        Args:
            device: `cpu`, `cuda` or `mps`; engines that name more than the CPU in
                `info.devices` are also given `auto` and take the best that is there.
        """

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress and partial results at least every 50 ms, and one Result at the end.

        Raises:
            NextbarError: when the request can't be answered, with what to do instead.
        """
