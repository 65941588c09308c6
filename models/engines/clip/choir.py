# SPDX-License-Identifier: Apache-2.0
"""Choir: what is known of the voices of a scene while one of them is being written.

Given voices are known from end to end. Written ones are known up to where they were written: in a
bar the voices come one after the other, each through the whole bar, in the order of the parts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from models.engines.clip.passage import Hit, top_line
from models.engines.clip.voices import ORDER
from models.tokens.encode import Layout, lay_out
from models.tokens.grid import bar_starts_ticks
from models.tokens.rules import PartRules
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker


class Sight(NamedTuple):
    """A voice at one tick, as far as it is known there.

    Attributes:
        part: its place in the scene.
        below: how many places it stands below the voice being written; negative above it.
        before: the last pitch that began before the tick; None where there is none.
        now: the pitch that sounds at the tick; None in a rest, or where it is not yet written.
        moves: whether `now` begins at the tick.
        ago: the pitch that sounded some ticks earlier, or None.
        ahead: notes that begin after the tick, to the end of the next bar.
    """

    part: int
    below: int
    before: int | None
    now: int | None
    moves: bool
    ago: int | None
    ahead: tuple[Hit, ...]


class Choir:
    """The voices of one scene; holds nothing of a candidate.

    Args:
        scene: the question.
        rules: by place in `scene.parts`; only monophonic parts are written as voices.
    """

    def __init__(self, scene: Scene, rules: Mapping[int, PartRules]) -> None:
        roles = enumerate(part.role for part in scene.parts)
        places = {part: ORDER.index(role) for part, role in roles if role in ORDER}
        self._cells: dict[int, list[tuple[int, int]]] = {part: [] for part in places}
        for index, cell in enumerate(scene.cells):
            if cell.part in places:
                self._cells[cell.part].append((index, cell.bar))
        alone = {part for part, rule in rules.items() if rule.polyphony == 1}
        written = alone & {part for part, cells in self._cells.items() if cells}
        self.written = frozenset(written) if len(places) > 1 else frozenset[int]()
        self._order = sorted(places.items(), key=lambda item: item[1])
        self._place = places
        layout = lay_out(scene) if self.written else None
        self._starts = bar_starts_ticks(layout.bars) if layout else ()
        self._given = {part: _standing(layout, part) for part in places} if layout else {}

    def place(self, part: int) -> int:
        """0 for a soprano to 3 for a bass."""
        return self._place[part]

    def sights(self, tracker: Tracker, ago_ticks: int) -> tuple[Sight, list[Sight]]:
        """The voice being written, and the others, the highest first, at the tracker's tick."""
        own = self._sight(tracker, tracker.part, ago_ticks)
        others = (part for part, _ in self._order if part != tracker.part)
        return own, [self._sight(tracker, part, ago_ticks) for part in others]

    def ahead(self, tracker: Tracker) -> Iterator[tuple[int, Hit]]:
        """What the others are known to begin later, with how many places below they stand."""
        own, now = self._place[tracker.part], tracker.now_ticks
        for part, place in self._order:
            if part != tracker.part:
                for hit in self._known(tracker, part):
                    if hit.start > now:
                        yield place - own, hit

    def _sight(self, tracker: Tracker, part: int, ago_ticks: int) -> Sight:
        tick = tracker.now_ticks
        before = now = ago = None
        moves = False
        ahead: list[Hit] = []
        for hit in self._known(tracker, part):
            if hit.start > tick:
                ahead.append(hit)
                continue
            if hit.start < tick:
                before = hit.pitch
            if hit.end > tick:
                now, moves = hit.pitch, hit.start == tick
            if hit.start <= tick - ago_ticks < hit.end:
                ago = hit.pitch
        below = self._place[part] - self._place[tracker.part]
        return Sight(part, below, before, now, moves, ago, tuple(ahead))

    def _known(self, tracker: Tracker, part: int) -> list[Hit]:
        """A voice from the bar before on, or from its last note before this bar."""
        low = self._starts[max(0, tracker.bar - 1)]
        high = self._starts[min(len(self._starts) - 1, tracker.bar + 2)]
        given = self._given[part]
        first = max(0, bisect_left(given, (low,)) - 1)
        stands = given[first : bisect_left(given, (high,))]
        new = self._new(tracker, part, low)
        return sorted(chain(stands, new)) if new else list(stands)

    def _new(self, tracker: Tracker, part: int, low: int) -> list[Hit]:
        found: list[Hit] = []
        for index, bar in reversed(self._cells[part]):
            start = self._starts[bar]
            if start < low and found:
                break
            if index < len(tracker.written):
                for note in tracker.written[index]:
                    begin = start + note.tick
                    found.append(Hit(begin, begin + note.ticks, note.pitch))
        return found


def _standing(layout: Layout, part: int) -> Sequence[Hit]:
    """What stands in a part: the highest notes, each up to the next one at most."""
    starts = bar_starts_ticks(layout.bars)
    top = top_line(
        [
            Hit(start + p.tick, start + p.tick + p.ticks, p.pitch)
            for start, bar in zip(starts, layout.standing[part], strict=False)
            for p in bar
        ]
    )
    cut = [Hit(a.start, min(a.end, b.start), a.pitch) for a, b in pairwise(top)]
    return [*cut, *top[-1:]]
