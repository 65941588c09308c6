# SPDX-License-Identifier: Apache-2.0
"""The engine: learns the clip, writes takes until they differ, ranks and streams them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from random import Random
from typing import TypeVar

from models.edit import repeat
from models.engine import Answer, EngineEvent, EngineInfo, Progress, Request, Result
from models.engines.motif import continuing, infilling, varying
from models.engines.motif.live import Live, partial
from models.engines.motif.span import Settings
from models.engines.motif.study import Study
from models.engines.motif.take import Take, TakeSpan, Tune, tune_of
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
        honours=("adventure", "density", "low_pitch", "high_pitch", "scale_lock", "similarity"),
    )

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, the bars of each take, and the result; takes are ranked best first.

        The bars of a single take are sent while it is written, as soon as it is known not to be
        the mere repeat that nobody asked for; those of a drum part, whose hits are changed over
        the whole of it, and of a variation come at its end.

        Several takes are ranked before anything is sent. The best take is the one whose surprise
        is nearest to the source's own and whose end leads back to its beginning; for `vary`, the
        one whose share of changed notes is nearest to the amount.

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
        takes = yield from job.takes(study)
        takes.sort(key=lambda take: take.cost)
        yield Progress(0.95, "ranking")
        for number, take in enumerate(takes):
            yield from (partial(number, span) for span in take.spans[job.live.sent :])
        answers = []
        for take in takes:
            answers.append(Answer((take.clip,)))
            yield Progress(0.98, "ranking")
        yield Progress(1.0, notes=sum(len(take.written) for take in takes))
        yield Result(tuple(answers), (*study.degraded, *job.degraded))


class _Job:
    """One request on its way: progress that never falls, and the takes found so far."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.degraded: list[str] = []
        self._fraction = 0.0
        self._seen: set[frozenset[tuple[float, ...]]] = set()
        self._unwanted = frozenset(_unwanted(request))
        self.live = Live(self._unwanted)

    def beat(
        self, steps: Generator[TakeSpan | None, None, T], limit: float, stage: str
    ) -> Generator[EngineEvent, None, T]:
        """Run steps to their value; each step becomes progress that nears `limit`.

        The spans of an only take may go out live.
        """
        while True:
            try:
                span = next(steps)
            except StopIteration as stop:
                result: T = stop.value
                self._fraction = max(self._fraction, limit)
                return result
            self._fraction += 0.05 * (limit - self._fraction)
            yield Progress(self._fraction, stage)
            if span is not None and self.request.takes == 1:
                yield from self.live.offer(span)

    def takes(self, study: Study) -> Generator[EngineEvent, None, list[Take]]:
        """As many different takes as are wanted, or as there are."""
        found: list[Take] = []
        wanted = self.request.takes
        for number in range(wanted):
            limit = _LEARNED + (0.95 - _LEARNED) * (number + 1) / wanted
            take, differs = yield from self._one(study, number, limit)
            if differs or not found:
                found.append(take)
            if not differs:
                self.degraded.append(self._too_few(len(found)))
                break
        return found

    def _one(
        self, study: Study, number: int, limit: float
    ) -> Generator[EngineEvent, None, tuple[Take, bool]]:
        """A take, tried with more freedom each time until it differs; and whether it does."""
        task = _TASKS[self.request.command]
        for attempt in range(_TRIES_PER_TAKE):
            rng = Random(f"{self.request.seed}/{number}/{attempt}")
            settings = Settings.of(self.request.args).freer(attempt / _TRIES_PER_TAKE)
            self.live.restart()
            steps = task.write(study, self.request, rng, settings)
            take = yield from self.beat(steps, limit, "generating")
            content = take.content
            yield Progress(self._fraction, "generating")
            fresh = content not in self._seen and take.tune not in self._unwanted
            if self.live.sent or fresh:
                self._seen.add(content)
                return take, True
        return take, False

    def _too_few(self, found: int) -> str:
        if self.request.takes > 1:
            return f"{found} of {self.request.takes} takes: the clip leaves no further one"
        if self.request.command == "vary":
            return "nothing could change where the locks leave room; the clip is as it was"
        if self.request.command == "infill":
            return "nothing new fits into the span"
        return "the answer repeats the clip, which leaves no other way on"

    def unchanged(self) -> Iterator[EngineEvent]:
        """The source as it is: everything in it is locked."""
        yield Progress(1.0)
        answer = Answer((self.request.clips[0],))
        yield Result((answer,), ("nothing here may change; the clip is as it was",))


def _unwanted(request: Request) -> Iterator[Tune]:
    """Tunes that are no answer: nothing at all, and the repeat, unless it is wanted or all."""
    clip, args = request.clips[0], request.args
    close = args.get("similarity", 0.5) >= _REPEAT_WANTED
    if request.command == "vary" and args["amount"] > 0:
        yield tune_of((), len(clip.notes))
    if request.command == "infill":
        stay = infilling.staying(clip, args, infilling.hole(clip, args))
        yield tune_of((), len(stay))
        if not close:
            old = [note for index, note in enumerate(clip.notes) if index not in stay]
            yield tune_of(old, len(stay))
    short = clip.loop_beats < 1.0  # a loop of a moment can do little but repeat
    if request.command == "continue" and not close and not short:
        yield tune_of(repeat(clip, args["bars"]).notes, 0)


_TASKS = {"continue": continuing, "infill": infilling, "vary": varying}
