# SPDX-License-Identifier: Apache-2.0
"""The tokens that are allowed next: a mask over the vocabulary at every step.

What is masked can't happen, whatever the network says: bar count, metre, polyphony by sounding
notes, range, scale, kit, notes over the end, least and most notes in a bar, forced rhythm or
pitches, and notes that stand. At least one token is always allowed, and every cell ends, so each
decode ends (`models.tokens.plan` says how rules that demand notes are kept possible).
"""

from __future__ import annotations

from collections.abc import Mapping

from models.tokens import vocabulary as v
from models.tokens.encode import lay_out
from models.tokens.forced import force_hints
from models.tokens.grid import longest_index
from models.tokens.plan import CellPlan, PartPlan, part_plan
from models.tokens.room import (
    Groups,
    Rhythm,
    before_due,
    before_standing,
    chord_of,
    group_index,
    in_group,
    when_free,
)
from models.tokens.rules import PartRules
from models.tokens.scene import Scene
from models.tokens.state import (
    DURATION,
    FIRST,
    MICRO,
    MORE,
    NEXT_BAR,
    NEXT_ROLE,
    ONSET,
    TARGET,
    VELOCITY,
)
from models.tokens.tracker import Tracker

Mask = bytes | bytearray  # one byte a token: 1 allowed, 0 not; read-only by agreement


def _mask(first: int, end: int) -> bytes:
    mask = bytearray(v.SIZE)
    mask[first:end] = b"\1" * (end - first)
    return bytes(mask)


_DURATIONS = tuple(_mask(v.DUR, v.DUR + count) for count in range(len(v.DURATIONS_TICKS) + 1))
_VELOCITIES = _mask(v.VEL, v.MICRO)
_MICROS = _mask(v.MICRO, v.ROLE)
_ONES = b"\1" * v.SIZE


class Grammar:
    """The grammar of one scene's target.

    Attributes:
        lost: notes of forced rhythms and pitches that the other rules left no room for.
    """

    def __init__(self, scene: Scene, rules: Mapping[int, PartRules] | None = None) -> None:
        """Plan the room of every cell.

        Args:
            scene: the question, as it was encoded.
            rules: by place in `scene.parts`; a part without any gets `PartRules()`.

        Raises:
            BadArgument: the rules leave a part nothing to write with.
        """
        layout = lay_out(scene)
        given = rules or {}
        self.lost = 0
        self._parts: dict[int, PartPlan] = {}
        for part in sorted({cell.part for cell in scene.cells}):
            plan = part_plan(layout, part, given.get(part, PartRules()))
            self.lost += force_hints(layout, plan)
            self._parts[part] = plan
        order = {(c.cell.bar, c.cell.part): c for p in self._parts.values() for c in p.cells}
        self._cells = [order[cell.bar, cell.part] for cell in scene.cells]
        self._pitch_masks: dict[tuple[int, int], bytes] = {}
        self._one: dict[int, bytes] = {}

    def allowed(self, tracker: Tracker) -> Mask:
        """One byte a token, 1 where it may come next; never all 0. Don't write into it."""
        expects = tracker.expects
        if expects == DURATION:
            return self._durations(tracker)
        if expects == FIRST:
            return self._first(tracker)
        if expects in {ONSET, MORE}:
            return self._next(tracker)
        if expects == VELOCITY:
            return _VELOCITIES
        return _MICROS if expects == MICRO else self._frame(tracker)

    def penalised(self, tracker: Tracker) -> tuple[bytes, float] | None:
        """Tokens outside a soft scale, and what to take from their logits (nats)."""
        if tracker.phase != TARGET or tracker.target < 0:
            return None
        plan = self._parts[tracker.part]
        scale, weight = plan.rules.scale, plan.rules.scale_penalty
        if scale is None or weight <= 0 or plan.drums:
            return None
        key = (tracker.part, -1)
        if key not in self._pitch_masks:
            mask = bytearray(v.SIZE)
            for pitch in range(128):
                mask[v.PITCH + pitch] = pitch % 12 not in scale
            self._pitch_masks[key] = bytes(mask)
        return self._pitch_masks[key], weight

    def _frame(self, tracker: Tracker) -> bytes:
        """Tokens between cells follow from the masks alone."""
        if tracker.expects == NEXT_BAR:
            return self._only(v.BAR)
        if tracker.expects == NEXT_ROLE:
            return self._only(tracker.targets[tracker.target + 1].role)
        return self._only(v.END if tracker.phase == TARGET else v.PAD)

    def _only(self, token: int) -> bytes:
        if token not in self._one:
            self._one[token] = _mask(token, token + 1)
        return self._one[token]

    def _next(self, tracker: Tracker) -> Mask:
        """Another pitch at this onset, another onset, or the end of the cell."""
        cell = self._cells[tracker.target]
        if cell.rhythm is not None:
            return self._next_of_rhythm(tracker, cell, cell.rhythm)
        if cell.groups is not None:
            return self._next_of_groups(tracker, cell, cell.groups)
        plan = self._parts[tracker.part]
        left = cell.need - tracker.notes
        full = tracker.tokens >= plan.rules.max_tokens or (
            tracker.notes >= max(plan.rules.max_notes, cell.need)
        )
        if full and left <= 0:
            return self._only(v.ENDCELL)
        mask = bytearray(v.SIZE)
        if tracker.expects == MORE and not full:
            mask = self._more_pitches(tracker, plan, cell)
        self._open_onsets(mask, tracker, cell, left)
        if left <= 0:
            mask[v.ENDCELL] = 1
        return mask

    def _more_pitches(self, tracker: Tracker, plan: PartPlan, cell: CellPlan) -> bytearray:
        """Lower pitches, if a voice is left."""
        now = tracker.now_ticks
        rings = sum(end > now for end, _ in tracker.ringing)
        if rings >= cell.voices[now - cell.low]:
            return bytearray(v.SIZE)
        return self._pitches(tracker, plan, now + 1)

    def _open_onsets(self, mask: bytearray, tracker: Tracker, cell: CellPlan, left: int) -> None:
        """Ticks after this one at which a voice is free, before the deadline if notes are due."""
        start = tracker.starts_ticks[cell.cell.bar]
        first = max(cell.low, start + tracker.tick + 1)
        high = cell.high if left <= 0 else cell.deadline(left)[0] + 1
        voices = cell.voices
        if len(cell.free) == len(voices) and voices[0] == voices[-1] == min(voices):
            first = max(first, when_free(tracker.ringing, voices[0]))
            if first < high:
                begin = v.POS + first - start
                mask[begin : begin + high - first] = _ONES[: high - first]
            return
        ends = sorted(end for end, _ in tracker.ringing)
        for tick in range(first, high):
            while ends and ends[0] <= tick:
                del ends[0]
            if len(ends) < voices[tick - cell.low]:
                mask[v.POS + tick - start] = 1

    def _first(self, tracker: Tracker) -> Mask:
        """The first pitch at an onset."""
        cell = self._cells[tracker.target]
        plan = self._parts[tracker.part]
        if cell.groups is not None:
            return self._group_pitch(tracker, plan, cell.groups)
        if cell.rhythm is not None:
            return self._rhythm_pitch(tracker, plan, cell.rhythm)
        return self._pitches(tracker, plan, tracker.now_ticks + 1)

    def _pitches(self, tracker: Tracker, plan: PartPlan, until: int) -> bytearray:
        """Pitches below the last one that neither ring nor stand from here until a tick."""
        key = (tracker.part, tracker.pitch)
        base = v.DRUM if plan.drums else v.PITCH
        if key not in self._pitch_masks:
            fresh = bytearray(v.SIZE)
            for pitch in plan.pitches:
                fresh[base + pitch] = pitch < tracker.pitch
            self._pitch_masks[key] = bytes(fresh)
        mask = bytearray(self._pitch_masks[key])
        now = tracker.now_ticks
        for end, pitch in tracker.ringing:
            if end > now:
                mask[base + pitch] = 0
        for begin, end, pitch in plan.standing:
            if begin < until and end > now:
                mask[base + pitch] = 0
        return mask

    def _durations(self, tracker: Tracker) -> bytes:
        """As long as nothing that stands, must follow, or ends the piece is in the way."""
        cell = self._cells[tracker.target]
        if cell.rhythm is not None:
            return self._only(v.DUR + chord_of(tracker, cell.rhythm)[tracker.in_chord])
        plan = self._parts[tracker.part]
        now = tracker.now_ticks
        end = cell.limit
        if plan.standing:
            end = before_standing(plan, tracker, now, end)
        if cell.groups is not None:
            due = len(cell.groups) - group_index(tracker, cell.groups) - 1
            end = min(end, cell.deadline(due)[0]) if due > 0 else end
        else:
            end = before_due(cell, tracker, end)
        return _DURATIONS[longest_index(end - now) + 1]

    def _next_of_rhythm(self, tracker: Tracker, cell: CellPlan, rhythm: Rhythm) -> Mask:
        """The rest of the chord, then the next onset, then the end."""
        if tracker.expects == MORE and tracker.in_chord < len(chord_of(tracker, rhythm)):
            return self._rhythm_pitch(tracker, self._parts[tracker.part], rhythm)
        following = next((tick for tick, _ in rhythm if tick > tracker.tick), None)
        return self._only(v.ENDCELL if following is None else v.POS + following)

    def _rhythm_pitch(self, tracker: Tracker, plan: PartPlan, rhythm: Rhythm) -> Mask:
        """A pitch that leaves enough lower ones for the rest of the chord."""
        chord = chord_of(tracker, rhythm)
        reach = 1 if plan.drums else v.DURATIONS_TICKS[max(chord)]
        mask = self._pitches(tracker, plan, tracker.now_ticks + reach)
        base = v.DRUM if plan.drums else v.PITCH
        for _ in range(len(chord) - tracker.in_chord - 1):
            mask[mask.index(1, base)] = 0
        return mask

    def _next_of_groups(self, tracker: Tracker, cell: CellPlan, groups: Groups) -> Mask:
        """The rest of the group, then a place for the next one, then the end."""
        index = group_index(tracker, groups)
        if tracker.expects == MORE and index < len(groups) and in_group(tracker, groups) > 0:
            return self._group_pitch(tracker, self._parts[tracker.part], groups)
        if index == len(groups):
            return self._only(v.ENDCELL)
        group = groups[index]
        start = tracker.starts_ticks[cell.cell.bar]
        first = max(cell.low, start + tracker.tick + 1)
        first = max(first, when_free(tracker.ringing, cell.voices[0] - len(group) + 1))
        first = max([first, *(end for end, pitch in tracker.ringing if pitch in group)])
        high = cell.deadline(len(groups) - index)[0] + 1
        mask = bytearray(v.SIZE)
        for tick in cell.free:
            if first <= tick < high:
                mask[v.POS + tick - start] = 1
        return mask

    def _group_pitch(self, tracker: Tracker, plan: PartPlan, groups: Groups) -> bytes:
        group = groups[group_index(tracker, groups)]
        base = v.DRUM if plan.drums else v.PITCH
        return self._only(base + group[in_group(tracker, groups)])
