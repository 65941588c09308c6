# SPDX-License-Identifier: Apache-2.0
"""What the tokens so far say: the state machine that training, decoding and the grammar share.

`Tracker.step(token)` moves on by one token; `features()` gives the small whole numbers that the
network adds to a token's embedding at no cost in tokens: where in the piece and in the bar we are,
how many bars are left to write (as MuseNet's countdown does), what sounds there already, in all
parts, and who else strikes there. The state is a function of the tokens alone.
"""

from __future__ import annotations

from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.echoes import NO_ECHO, NO_ECHOES, Echoes
from models.tokens.grid import duration_index, metre_ticks
from models.tokens.rolls import NO_ROLLS, Held, Lines, Rolls
from models.tokens.state import ECHO_BARS, Features, RawNote, TargetCell
from models.tokens.strikes import NO_STRIKES, Strikes, Struck, striking

_DRUMS = frozenset(v.ROLE + v.ROLES.index(role) for role in v.DRUM_ROLES)


class Tracker:
    """The state after some tokens.

    Attributes:
        phase: HEADER, CONTEXT, MASKED (inside a mask), TARGET, LOOPED (context after LOOP), DONE.
        expects: in the target, what comes next.
        starts_ticks: first tick of each bar, counted from the first; the last item is the end.
        targets: the masked cells in the order in which they will be written.
        target: place in `targets` of the cell being written; -1 before the first.
        bar, part, tick: where we are; `tick` is -1 before the first onset of a cell.
        pitch: last pitch at this onset; 128 before the first.
        notes, tokens: how many in this cell so far.
        ringing: (end in ticks from the first bar, pitch) of this part's own written notes.
        sounding: bit mask of the pitches, of all parts, that sound where we are.
        written: the notes of each target cell begun so far.
        due: whether a pitch may come next, in a cell whose pitches count: no drums, no hint.
    """

    def __init__(self, first_target_bar: int) -> None:
        """Before the first token.

        Args:
            first_target_bar: the bar that features count from; `read` finds it in the tokens.
        """
        self._first_target_bar = first_target_bar
        self.phase, self.expects = st.HEADER, st.NOTHING
        self.starts_ticks = [0]
        self.targets: list[TargetCell] = []
        self.target = -1
        self.bar = self.part = self.tick = -1
        self.pitch, self.notes, self.tokens, self.sounding = 128, 0, 0, 0
        self.ringing: list[tuple[int, int]] = []
        self.written: list[list[RawNote]] = []
        self._ringing_of: dict[int, list[tuple[int, int]]] = {}
        self._left: list[int] = []
        self._metres: list[int] = []
        self._metre = self._role = -1
        self._chord = self._positions = 0
        self._hole: list[int] = []
        self._velocities = self._micro = self._drum = False
        self._ticks = self._velocity = self._late = 0
        self._held, self._lines, self._echoes = Held(), Lines(), Echoes()
        self._hidden: set[tuple[int, int]] = set()  # (part, bar) of the masked cells
        self._token = self._before = v.PAD
        self._inside = st.NOTHING
        self.due = False
        self._struck, self._heard, self._striking = Struck(), NO_STRIKES, 0

    def copy(self) -> Tracker:
        """An independent tracker in the same state: one a candidate, after a shared context."""
        twin = Tracker.__new__(Tracker)
        twin.__dict__.update(self.__dict__)
        twin.ringing = list(self.ringing)
        twin.written = [list(cell) for cell in self.written]
        twin._ringing_of = {part: list(rings) for part, rings in self._ringing_of.items()}
        if self.target >= 0:  # the list being written to is the part's own
            twin._ringing_of[self.part] = twin.ringing
        for name in ("_held", "_lines", "_echoes", "_struck"):
            setattr(twin, name, getattr(self, name).copy())
        if self.phase not in {st.TARGET, st.DONE}:
            twin.starts_ticks = list(self.starts_ticks)
            twin.targets, twin._metres = list(self.targets), list(self._metres)
            twin._hole, twin._hidden = list(self._hole), set(self._hidden)
        return twin

    def step(self, token: int) -> None:
        """Move on by one token."""
        self.tokens += 1
        self.due, self._inside = False, st.NOTHING
        self._before, self._token = self._token, token
        if token < v.POS:
            self._structure(token)
        elif token < v.PITCH:
            self._position(token - v.POS)
        elif token < v.DUR:
            self._strike(token)
        elif token < v.VEL:
            self._last(v.DURATIONS_TICKS[token - v.DUR])
        elif token < v.MICRO:
            self._velocity = token
            if not self._micro:
                self._finish()
            else:
                self.expects = st.MICRO
        elif token < v.ROLE:
            self._late = token
            self._finish()
        elif token < v.METRE:
            self._cell(token)
        elif token < v.TEMPO:
            self._set_metre(token)

    def features(self) -> Features:
        """Where the last token stands, each number below its place in `FEATURE_SIZES`."""
        relative = self.bar - self._first_target_bar
        if not -st.FAR_BARS <= relative <= st.FAR_BARS:
            relative = st.FAR_BARS if relative > 0 else -st.FAR_BARS
        left = self._left[self.target] if self.phase == st.TARGET and self.target >= 0 else 0
        return (
            relative + st.FAR_BARS if self.bar >= 0 else 0,
            self.tick if self.tick >= 0 else st.NO_POSITION,
            self._role - v.ROLE if self._role >= 0 else st.NO_ROLE,
            self.phase,
            left,
            self._chord if self._chord < 8 else 7,
            self.notes if self.notes < 16 else 15,
            self._metres[self.bar] - v.METRE if self.bar >= 0 else len(v.METRES),
            self._before,
            *(NO_ECHOES if self._inside == st.NOTHING else map(self._echo, ECHO_BARS)),
            self._striking,
        )

    def _echo(self, back: int) -> int:
        """What this part has next here, so many bars back; nothing where that is still hidden."""
        bar = self.bar - back
        if bar < 0 or (self.phase != st.TARGET and (self.part, bar) in self._hidden):
            return NO_ECHO
        span = self.starts_ticks[bar], self.starts_ticks[bar + 1]
        return self._echoes.after(self.part, span, self._inside, self.tick, self.pitch)

    def rolls(self) -> Rolls:
        """What a pitch that may come next goes with; all empty where none may."""
        if not self.due:
            return NO_ROLLS
        bar_lines = self.starts_ticks[max(0, self.bar - 1) : self.bar + 1]
        near = self._held.near(self.bar, self.now_ticks)
        return (self.sounding, near, *self._lines.earlier(self.part, self.now_ticks, bar_lines))

    def strikes(self) -> Strikes:
        """When other parts strike in this bar, where an onset may come next; else nothing."""
        return self._heard if self.onset_due else NO_STRIKES

    @property
    def onset_due(self) -> bool:
        """Whether an onset of a cell may come next, or its end."""
        return self._inside in {st.ONSET, st.MORE} or self._token == v.LOCK

    @property
    def in_chord(self) -> int:
        """How many notes this onset has so far."""
        return self._chord

    @property
    def now_ticks(self) -> int:
        """Ticks from the first bar to where we are."""
        return self.starts_ticks[self.bar] + max(self.tick, 0)

    def _structure(self, token: int) -> None:
        if token == v.BAR:
            self._next_bar()
        elif token == v.ENDCELL:
            self._leave_cell()
            self._after_cell()
        elif v.MASK <= token <= v.REWORK:
            self._mask()
        elif token == v.LOCK:
            self.phase, self.tick, self.notes = st.CONTEXT, -1, 0
        elif token == v.HOLE:
            self._positions = 2
        elif token == v.LOOP:
            self._leave_cell()
            self.phase = st.LOOPED
        elif token == v.GEN:
            self._begin_target()
        elif token == v.END:
            self.phase, self.expects = st.DONE, st.NOTHING
        else:
            self._velocities |= token == v.WITH_VELOCITY
            self._micro |= token == v.WITH_MICRO

    def _next_bar(self) -> None:
        self._leave_cell()
        if self.phase == st.TARGET:
            self.bar = self.targets[self.target + 1].bar
            self.expects = st.NEXT_ROLE
            return
        if self.phase != st.LOOPED:
            self.phase = st.CONTEXT
        self.bar += 1
        self.part = -1
        ticks = self.starts_ticks[-1] - self.starts_ticks[-2] if self.bar else 0
        start = self.starts_ticks[-1]
        self.starts_ticks.append(start + ticks)
        self._metres.append(self._metre if self.bar else v.METRE_OTHER)
        self._held.open_bar(start)

    def _set_metre(self, token: int) -> None:
        self._metre = self._metres[-1] = token
        self.starts_ticks[-1] = self.starts_ticks[-2] + metre_ticks(token)
        self._positions = -1 if token == v.METRE_OTHER else 0

    def _leave_cell(self) -> None:
        self.tick, self._role, self.notes, self.sounding, self._chord = -1, -1, 0, 0, 0
        self._striking = 0

    def _cell(self, role: int) -> None:
        """A ROLE token opens a cell: the next part's, or the next target."""
        self._role = role
        self.tick, self.notes, self._chord, self.tokens = -1, 0, 0, 0
        self._hole = []
        if self.phase == st.TARGET:
            self.target += 1
            self.part = self.targets[self.target].part
            start = self.starts_ticks[self.bar]
            rings = self._ringing_of.get(self.part, [])
            self.ringing = [ring for ring in rings if ring[0] > start]
            self._ringing_of[self.part] = self.ringing
            self.written.append([])
            self.expects = st.ONSET
        else:
            self.part += 1
            if self.phase == st.MASKED:
                self.phase = st.CONTEXT
        self.sounding = self._held.at(self.bar, self.starts_ticks[self.bar])
        self._heard, self._striking = self._struck.of_others(self.bar, self.part), 0
        self._inside = st.ONSET

    def _mask(self) -> None:
        ticks = self.starts_ticks[self.bar + 1] - self.starts_ticks[self.bar]
        low, high = (self._hole[0], self._hole[1] + 1) if self._hole else (0, ticks)
        self.targets.append(TargetCell(self.bar, self.part, self._role, low, high))
        self._hidden.add((self.part, self.bar))
        self.phase, self.tick = st.MASKED, -1

    def _begin_target(self) -> None:
        self._leave_cell()
        self.phase, self.expects = st.TARGET, st.NEXT_BAR
        bars = sorted({cell.bar for cell in self.targets}, reverse=True)
        left = {bar: min(n + 1, 16) for n, bar in enumerate(bars)}
        self._left = [left[cell.bar] for cell in self.targets]

    def _after_cell(self) -> None:
        following = self.target + 1
        if following == len(self.targets):
            self.expects = st.NOTHING
        else:
            same = self.targets[following].bar == self.bar
            self.expects = st.NEXT_ROLE if same else st.NEXT_BAR

    def _position(self, tick: int) -> None:
        if self._positions > 0:  # the two ends of a hole
            self._positions -= 1
            self._hole.append(tick)
        elif self._positions < 0:  # the last tick of a bar of another metre
            self._positions = 0
            self.starts_ticks[-1] = self.starts_ticks[-2] + tick + 1
        else:
            self._to(tick)

    def _to(self, tick: int) -> None:
        self.tick, self._chord, self.pitch = tick, 0, 128
        now = self.starts_ticks[self.bar] + tick
        self.sounding = self._held.at(self.bar, now)
        self.due = self._pitched()
        masked = self.phase == st.MASKED  # a hint's places may only count onsets
        self._inside = st.NOTHING if masked else st.FIRST
        self._striking = 0 if masked else striking(self._heard, tick)
        if self.phase == st.TARGET:
            self.expects = st.FIRST
            for ring in self.ringing:
                if ring[0] <= now:
                    self.ringing[:] = [r for r in self.ringing if r[0] > now]
                    break

    def _pitched(self) -> bool:
        """Whether this cell holds pitches that count."""
        return self.phase != st.MASKED and self._role not in _DRUMS

    def _strike(self, token: int) -> None:
        """A PITCH or a DRUM; a drum lasts one tick."""
        self._drum = token >= v.DRUM
        self.pitch = token - (v.DRUM if self._drum else v.PITCH)
        self._velocity = self._late = 0
        if not self._drum:
            self.expects = st.DURATION
            self._inside = st.NOTHING if self.phase == st.MASKED else st.DURATION
        else:
            self._last(1)

    def _last(self, ticks: int) -> None:
        """The duration is known: wait for what the header announced, or finish."""
        self._ticks = ticks
        if self.phase == st.MASKED or not (self._velocities or self._micro):
            self._finish()
        else:
            self.expects = st.VELOCITY if self._velocities else st.MICRO

    def _finish(self) -> None:
        """The note is whole: it sounds from here on."""
        self.notes += 1
        self._chord += 1
        if self.phase == st.MASKED:
            return
        ticks, pitch = self._ticks, self.pitch
        start = self.starts_ticks[self.bar] + self.tick
        self._inside = st.MORE
        strike = pitch + (v.DRUM if self._drum else v.PITCH)
        self._echoes.add(self.part, start, strike, v.DUR + duration_index(ticks))
        self._struck.add(self.bar, self.part, self.tick, strike, self._role)
        if self.phase == st.TARGET:
            self.written[-1].append(RawNote(self.tick, ticks, pitch, self._velocity, self._late))
            self.ringing.append((start + ticks, pitch))
            self.expects = st.MORE
        if not self._drum:
            self.sounding |= 1 << pitch
            self._held.add(self.bar, (start, start + ticks, pitch), self.starts_ticks)
            self._lines.strike(self.part, start, pitch)
            self.due = self._pitched()
