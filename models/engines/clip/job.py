# SPDX-License-Identifier: Apache-2.0
"""Job: one request on its way through the network: candidates, choice, and what is sent when.

An only take is sent while it is written (`delivery.Live`), unless it might turn out to be silent or
no answer. Several takes are ranked and told apart
before anything is sent. Where the answer is longer than one ask, each take goes on from its own
notes, with a few candidates for each further piece.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from models.clip import Note
from models.engine import Answer, EngineEvent, Progress, Request, Result
from models.engines.clip.ask import Ask, Draft
from models.engines.clip.candidate import CellEnd
from models.engines.clip.delivery import Live, Take
from models.engines.clip.judge import choose
from models.engines.clip.sampling import Sampling
from models.engines.clip.wanted import MIDDLE
from models.engines.clip.writer import Beat, Event, Wanted, Writer, Written

MOST_CANDIDATES = 16
FEWEST_CANDIDATES = 4
FOLLOWING_CANDIDATES = 3  # of each further piece of a take
_AS_BEFORE = "the notes are those that were there before: no others came"
_NO_ROOM = "what was written found no room beside the notes that stay"
_ALIKE_NATS = 3.0  # what the similarity knob adds at its ends
_ANEW_NATS = 3.0  # what a full amount takes from the draft


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a job.

    Attributes:
        takes: how many answers.
        seed: of everything drawn.
        sampling: how tokens are chosen.
    """

    takes: int
    seed: int
    sampling: Sampling


def order_of(request: Request) -> Order:
    """Takes, seed, adventure; similarity as memory and a lean, a high amount as a lean too."""
    args = request.args
    similarity = float(args.get("similarity", 0.5))
    lean = similarity - 0.5
    alike = 0.0 if abs(lean) <= MIDDLE else 2 * lean * _ALIKE_NATS
    amount = float(args.get("amount", 0.0)) if request.command == "vary" else 0.0
    anew = max(0.0, 2 * amount - 1) * _ANEW_NATS
    sampling = Sampling(float(args.get("adventure", 0.5)), alike, anew, memory=2 * similarity)
    return Order(request.takes, request.seed, sampling)


class Job:
    """Runs an ask and all that follow it.

    Attributes:
        sent: whether a span went out.
    """

    def __init__(self, writer: Writer, order: Order) -> None:
        self.sent = False
        self._writer = writer
        self._order = order
        self._fraction = 0.0
        self._degraded: list[str] = []

    def run(self, ask: Ask) -> Iterator[EngineEvent]:
        """Yield progress, spans as they are known, and the result.

        Raises:
            TooLong: the music does not fit into the network's context.
        """
        self._degraded.extend(ask.degraded)
        pieces = 1 + -(-ask.spans_after // max(1, len(ask.spans)))
        takes = yield from self._first(ask, 1 / pieces)
        while open_takes := [take for take in takes if take.ask.following]:
            for take in open_takes:
                share = (1 - self._fraction) / (pieces * len(open_takes))
                yield from self._further(take, self._fraction + share)
        answers: list[Answer] = []
        for take in takes:
            answers.append(take.ask.answer(take.draft.cells))
            if _nothing_new(answers[-1]) and _AS_BEFORE not in self._degraded:
                self._degraded.append(_NO_ROOM)
            yield self._progress(0.99, "finishing")
        notes = sum(len(part.notes) for answer in answers for part in answer.parts)
        yield Progress(1.0, "finishing", notes)
        yield Result(tuple(answers), tuple(dict.fromkeys(self._degraded)))

    def _first(self, ask: Ask, until: float) -> Generator[EngineEvent, None, list[Take]]:
        """The first piece of every take."""
        wanted = self._order.takes
        if wanted == 1 and ask.live and all(rules.min_notes for rules in ask.rules.values()):
            take = Take(0, ask)
            yield from self._live(take, until)
            if ask.unchanged(take.draft.cells):
                self._degraded.append(_AS_BEFORE)
            return [take]
        count = min(MOST_CANDIDATES, max(FEWEST_CANDIDATES, 2 * wanted))
        drafts = yield from self._drafts(ask, range(count), until * 0.8)
        if not any(any(draft.cells) for draft in drafts):
            ask = _with_notes(ask)
            drafts = yield from self._drafts(ask, range(count), until * 0.9)
        drafts = _wanted(ask, drafts)
        chosen = choose(ask, drafts, wanted)
        if len(chosen.order) < wanted or not ask.accepts(drafts[0].cells):  # as many again
            others = yield from self._drafts(ask, range(count, 2 * count), until * 0.95)
            drafts = _wanted(ask, [*drafts, *others])
            if ask.unchanged(drafts[0].cells):
                drafts = drafts[:1]
                self._degraded.append(_AS_BEFORE)
            chosen = choose(ask, drafts, wanted)
        yield self._progress(until, "ranking")
        places = _filled(ask, chosen.order, drafts, wanted)
        self._degraded.extend(_said(chosen.order, places, wanted) or chosen.degraded)
        takes: list[Take] = []
        for place in places:
            take = Take(len(takes), ask)
            take.draft = drafts[place]
            takes.append(take)
            yield from self._send(take)
        return takes

    def _further(self, take: Take, until: float) -> Iterator[EngineEvent]:
        """The next piece of one take."""
        begun = sum(map(len, take.draft.cells))
        take.go_on()
        self._degraded.extend(take.ask.degraded)
        label = f"{take.number}/{take.ask.spans_after}/{begun}"
        numbers = range(FOLLOWING_CANDIDATES)
        drafts = yield from self._drafts(take.ask, numbers, until, label)
        take.draft = drafts[choose(take.ask, drafts).order[0]]
        yield from self._send(take)

    def _send(self, take: Take) -> Iterator[EngineEvent]:
        self.sent = True
        yield from take.deliver()

    def _drafts(
        self, ask: Ask, numbers: Sequence[int], until: float, label: str = ""
    ) -> Generator[EngineEvent, None, list[Draft]]:
        """The candidates of these numbers."""
        start = self._fraction
        for event in self._write(ask, numbers, label):
            if isinstance(event, Written):
                return list(event.drafts)
            if isinstance(event, Beat):
                yield self._beat(event, start, until)
        raise AssertionError("a writer ends with what it wrote")

    def _live(self, take: Take, until: float) -> Iterator[EngineEvent]:
        """The only take, sent while it is written."""
        live = Live(take, FEWEST_CANDIDATES)
        start = self._fraction
        for event in self._write(take.ask, range(FEWEST_CANDIDATES), wanted=live.wants):
            if isinstance(event, CellEnd):
                for partial in live.ended(event):
                    self.sent = True
                    yield partial
            elif isinstance(event, Beat):
                yield self._beat(event, start, until)
            else:
                take.draft = event.drafts[live.chosen or 0]

    def _write(
        self,
        ask: Ask,
        numbers: Sequence[int],
        label: str = "",
        wanted: Wanted = lambda _: True,
    ) -> Iterator[Event]:
        rngs = [Random(f"{self._order.seed}/{label}/{number}") for number in numbers]
        return self._writer.write(ask.scene, ask.rules, self._order.sampling, rngs, wanted)

    def _beat(self, beat: Beat, start: float, until: float) -> Progress:
        share = 0.2 * beat.fraction if beat.stage == "reading" else 0.2 + 0.8 * beat.fraction
        return self._progress(start + (until - start) * share, beat.stage)

    def _progress(self, fraction: float, stage: str) -> Progress:
        self._fraction = max(self._fraction, min(fraction, 0.99))
        return Progress(self._fraction, stage)


def _with_notes(ask: Ask) -> Ask:
    """The ask with a note in every cell that has room, where all candidates kept silent."""
    rules = {part: replace(rules, min_notes=1) for part, rules in ask.rules.items()}
    return replace(ask, rules=rules)


def _wanted(ask: Ask, drafts: Sequence[Draft]) -> list[Draft]:
    """Those that are an answer; all where none is."""
    return [draft for draft in drafts if ask.accepts(draft.cells)] or list(drafts)


def _nothing_new(answer: Answer) -> bool:
    return all(note.origin == "kept" for part in answer.parts for note in part.notes)


def _said(chosen: Sequence[int], places: Sequence[int], wanted: int) -> list[str]:
    """What is to be said of takes that are too much alike, or too few."""
    said = []
    if more := len(places) - len(chosen):
        said.append(f"{more} of the {wanted} takes sound much like another or have a fault")
    if len(places) < wanted:
        said.append(f"{len(places)} of {wanted} takes: the others would have been the same notes")
    return said


def _filled(ask: Ask, order: Sequence[int], drafts: Sequence[Draft], takes: int) -> list[int]:
    """The drafts chosen and, where they are too few, others that don't play the same notes."""
    places: list[int] = []
    seen: set[tuple[tuple[Note, ...], ...]] = set()
    for place in (*order, *range(len(drafts))):
        cells = drafts[place].cells
        if len(places) == takes or not any(cells):
            continue
        played = tuple(ask.span_notes(span, cells) for span in ask.spans)
        if any(played) and played not in seen:
            places.append(place)
            seen.add(played)
    return places or list(order[:1])
