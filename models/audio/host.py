# SPDX-License-Identifier: Apache-2.0
"""Runs an engine that makes sound: what it is given is read and fitted, what comes out finished.

Resampling, exact length, the seam, level, files and second tries belong to the host, so that
engines need to know of none of them. It runs in the worker, and is stepped like an engine.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from models.audio.clip import AudioClip, AudioFile
from models.audio.finish import file_of, licence_of, off_tempo
from models.audio.flaws import flaw_of
from models.audio.plan import Plan, asked_of, plan_of
from models.audio.stream import TakeStream
from models.audio.stretch import on_tempo
from models.engine import Answer, AudioPartial, Engine, EngineEvent, Progress, Request, Result
from models.errors import EngineFault
from models.theory.steps import telling

TRIES = 3  # a take that comes out silent is made with so many seeds, the first included
_ENGINES_SHARE = 0.9  # of the progress; the rest is left for second tries and writing

Events = Generator[EngineEvent, None, "Made"]


@dataclass(frozen=True, slots=True)
class Made:
    """What an engine has made, at the project's rate, and what is to be told of it."""

    takes: tuple[AudioClip, ...]
    result: Result


@dataclass(frozen=True, slots=True)
class Session:
    """One request on its way through one engine."""

    engine: Engine
    asked: Request
    plan: Plan


def sounding(engine: Engine, request: Request, drafts: Path) -> Iterator[EngineEvent]:
    """Step the engine; gives its sound at the project's rate, and a result with files.

    Args:
        engine: loaded.
        request: as it was prepared; sounds that go in are named by path.
        drafts: a folder of this job's own, made when it is needed.

    Raises:
        BadFile: a sound that goes in can't be read, or a file can't be written.
        EngineFault: the engine made too little, or nothing but silence.
    """
    yield Progress(0.0, "reading")
    ability = engine.info.audio
    assert ability
    session = Session(engine, asked_of(ability, request), plan_of(request))
    made = yield from _make(session)
    made = yield from _again_where_silent(session, made)
    with ExitStack() as undo:
        undo.callback(_discard, [_draft(drafts, index) for index in range(len(made.takes))])
        result = yield from _written(session, made, drafts)
        undo.pop_all()
    yield result


def _paced(
    steps: Generator[None, None, AudioFile], fraction: float
) -> Generator[EngineEvent, None, AudioFile]:
    """Tell of each step of the writing."""
    yield Progress(fraction, "writing")
    return (yield from telling(steps, lambda _: Progress(fraction, "writing")))


def _draft(drafts: Path, index: int) -> Path:
    """Where a take is written."""
    return drafts / f"{index}.wav"


def _discard(written: Sequence[Path]) -> None:
    """Delete a job's drafts and nothing else, and their folder when it is empty then."""
    with suppress(OSError):
        for draft in written:
            draft.unlink(missing_ok=True)
        written[0].parent.rmdir()


def _make(session: Session) -> Events:
    """Step the engine to its end, and hand on its sound."""
    asked, ability = session.asked, session.engine.info.audio
    assert ability
    streams = [TakeStream(ability, session.plan, take) for take in range(asked.takes)]
    for event in session.engine.generate(asked):
        if isinstance(event, Result):
            if not 0 < len(event.answers) <= len(streams):
                raise EngineFault("The engine gave the wrong number of takes; please report it.")
            for stream, answer in zip(streams, event.answers, strict=False):
                yield from stream.close(answer.audio)
            given = streams[: len(event.answers)]
            return Made(tuple(stream.whole() for stream in given), event)
        if isinstance(event, AudioPartial):
            if not 0 <= event.take < len(streams):
                raise EngineFault("The engine gave sound that belongs to no take.")
            yield from streams[event.take].push(event)
        elif isinstance(event, Progress):
            seconds = sum(stream.seconds for stream in streams)
            yield replace(event, fraction=event.fraction * _ENGINES_SHARE, seconds=seconds)
    raise EngineFault("The engine ended without a result.")


def _again_where_silent(session: Session, made: Made) -> Events:
    """Makes takes that are silent or die away again, with other seeds.

    Their sound is not streamed a second time; the file is the one that counts.
    """
    takes, told = list(made.takes), list(made.result.degraded)
    for index, clip in enumerate(made.takes):
        flaw, seeds = flaw_of(clip.samples), random.Random(f"{session.asked.seed}/{index}")
        for tried in range(1, TRIES + 1):
            if not flaw:
                break
            if tried == TRIES:
                told.append(f"take {index + 1} {flaw}, with {TRIES} seeds")
                break
            again = replace(session.asked, takes=1, seed=seeds.randrange(2**31))
            takes[index] = yield from _once_more(replace(session, asked=again))
            told.append(f"take {index + 1} {flaw}: made again with another seed")
            flaw = flaw_of(takes[index].samples)
    if all(flaw_of(clip.samples) == "is silent" for clip in takes):
        raise EngineFault(
            f"The engine made nothing but silence, with {TRIES} seeds; change the words.",
            where="prompt",
        )
    return Made(tuple(takes), replace(made.result, degraded=tuple(told)))


def _once_more(session: Session) -> Generator[EngineEvent, None, AudioClip]:
    again = Progress(_ENGINES_SHARE, "trying another seed")  # where it can be cancelled
    made = yield from telling(_make(session), lambda _: again)
    return made.takes[0]


def _written(session: Session, made: Made, drafts: Path) -> Generator[EngineEvent, None, Result]:
    """The files, one a step, and at last the result."""
    plan, told = session.plan, list(made.result.degraded)
    info = session.engine.info
    licence = licence_of(info)
    keeps_time = info.audio is not None and info.audio.tempo == "native"  # the estimate may err
    answers: list[Answer] = []
    for index, take in enumerate(made.takes):
        stretched = plan.stretched and not keeps_time
        clip, longer = on_tempo(take, plan.tempo_bpm) if stretched else (take, 1.0)
        if longer != 1:
            told.append(f"take {index + 1} is stretched by {100 * (longer - 1):+.1f} %")
        steps = file_of(clip, plan, _draft(drafts, index), licence)
        file = yield from _paced(steps, _ENGINES_SHARE + 0.09 * index / len(made.takes))
        if not keeps_time:
            told += off_tempo(file, index + 1)
        answers.append(Answer(file=file))
    stats = {"seconds": round(float(plan.seconds), 6), **made.result.stats}
    return Result(tuple(answers), tuple(told), stats)
