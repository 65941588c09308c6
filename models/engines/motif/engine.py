# SPDX-License-Identifier: Apache-2.0
"""The engine: learns the clip, writes takes until they differ, ranks and streams them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from random import Random
from typing import TypeVar

from models.edit import repeat
from models.engine import Answer, EngineEvent, EngineInfo, Partial, Progress, Request, Result
from models.engines.motif import continuing, infilling, varying
from models.engines.motif.study import Study
from models.engines.motif.take import Take, TakeSpan
from models.engines.motif.writer import Settings
from models.errors import BadClip

_TRIES_PER_TAKE = 8
_REPEAT_WANTED = 0.95  # similarity from which on a plain repeat is an answer
_LEARNED = 0.3  # share of the progress bar that learning takes

T = TypeVar("T")


class Motif:
    """Variable-order prediction over the clip's own rhythm, pitches and feel."""

    info = EngineInfo(
        name="motif",
        doc="Continues, fills and varies a clip from its own patterns; small, quick, always there.",
        commands=("continue", "infill", "vary"),
    )

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, the bars of each take, and the result; takes are ranked best first.

        A single take is streamed while it is written; several are ranked before they are sent, so
        that take 0 is the best one. A continuation is held back too, until it is known not to be
        the mere repeat that nobody asked for. The best take is the one whose surprise is nearest
        to the source's own and whose end leads back to its beginning; for `vary`, the one whose
        share of changed notes is nearest to the amount.

        Raises:
            BadClip: there is no sounding note to learn from.
            BadArgument: range, span or scale leave nothing to write.
        """
        if all(note.mute for note in request.clips[0].notes):
            raise BadClip(
                "The clip has no sounding note to learn from; draw one in first.", where="clip"
            )
        job = _Job(request)
        yield Progress(0.0, "learning")
        task = _TASKS[request.command]
        study = yield from job.beat(task.learn(request), _LEARNED, "learning")
        if study is None:
            yield from job.unchanged()
            return
        live = request.takes == 1 and not job.must_differ
        takes = yield from job.takes(study, live=live)
        if not live:
            takes.sort(key=lambda take: take.cost)
            yield Progress(0.95, "ranking")
            yield from (part for n, take in enumerate(takes) for part in job.parts(n, take))
        written = sum(len(take.written) for take in takes)
        yield Progress(1.0, notes=written)
        degraded = (*study.degraded, *job.degraded)
        yield Result(tuple(Answer((take.clip,)) for take in takes), degraded)


class _Job:
    """One request on its way: progress that never falls, and the takes found so far."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.degraded: list[str] = []
        self._fraction = 0.0
        self._seen: set[frozenset[tuple[float, ...]]] = set()
        close = request.args.get("similarity", 0.5) >= _REPEAT_WANTED
        clip = request.clips[0]
        self._repeat: frozenset[tuple[float, ...]] = frozenset()
        short = clip.loop_beats < 1.0  # a loop of a moment can do little but repeat
        self.must_differ = request.command == "continue" and not close and not short
        if self.must_differ:
            same = repeat(clip, request.args["bars"])
            whole = TakeSpan(0, 1, 0.0, same.length_beats, same.notes)
            self._repeat = Take(same, (), (whole,)).tune

    def beat(
        self, steps: Generator[object, None, T], limit: float, stage: str
    ) -> Generator[EngineEvent, None, T]:
        """Run steps to their value; each heartbeat becomes progress that nears `limit`."""
        while True:
            try:
                event = next(steps)
            except StopIteration as stop:
                result: T = stop.value
                self._fraction = max(self._fraction, limit)
                return result
            if isinstance(event, TakeSpan):
                yield _partial(0, event)
            self._fraction += 0.05 * (limit - self._fraction)
            yield Progress(self._fraction, stage)

    def takes(self, study: Study, *, live: bool) -> Generator[EngineEvent, None, list[Take]]:
        """As many different takes as are wanted, or as there are."""
        found: list[Take] = []
        wanted = self.request.takes
        for number in range(wanted):
            limit = _LEARNED + (0.95 - _LEARNED) * (number + 1) / wanted
            take, differs = yield from self._one(study, number, limit, live=live)
            if differs or not found:
                found.append(take)
            if not differs:
                self.degraded.append(_too_few(len(found), wanted))
                break
        return found

    def _one(
        self, study: Study, number: int, limit: float, *, live: bool
    ) -> Generator[EngineEvent, None, tuple[Take, bool]]:
        """A take, tried with more freedom each time until it differs; and whether it does."""
        task = _TASKS[self.request.command]
        for attempt in range(_TRIES_PER_TAKE):
            rng = Random(f"{self.request.seed}/{number}/{attempt}")
            settings = Settings.of(self.request.args).freer(attempt / _TRIES_PER_TAKE)
            steps: Generator[object, None, Take] = task.write(study, self.request, rng, settings)
            take = yield from self.beat(steps if live else _quiet(steps), limit, "generating")
            repeats = self.must_differ and take.tune == self._repeat
            if take.content not in self._seen and not repeats:
                self._seen.add(take.content)
                return take, True
            if live:
                break
        return take, False

    @staticmethod
    def parts(number: int, take: Take) -> Iterator[Partial]:
        """The spans of a finished take."""
        return (_partial(number, span) for span in take.spans)

    def unchanged(self) -> Iterator[EngineEvent]:
        """The source as it is: everything in it is locked."""
        yield Progress(1.0)
        answer = Answer((self.request.clips[0],))
        yield Result((answer,), ("nothing here may change; the clip is as it was",))


def _too_few(found: int, wanted: int) -> str:
    if wanted == 1:
        return "the answer repeats the clip, which leaves no other way on"
    return f"{found} of {wanted} takes: the clip leaves no further one that differs"


def _quiet(steps: Generator[object, None, T]) -> Generator[None, None, T]:
    """The same steps with heartbeats only."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result
        yield None


def _partial(take: int, span: TakeSpan) -> Partial:
    return Partial(take, span.index, span.count, span.start_beats, span.end_beats, span.notes)


_TASKS = {"continue": continuing, "infill": infilling, "vary": varying}
