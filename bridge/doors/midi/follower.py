# SPDX-License-Identifier: Apache-2.0
"""ClockFollower: MIDI clock from outside becomes a timeline. Pure; times are passed in.

Ticks come 24 to the beat, each a little early or late. A delay-locked loop of second order
filters them (F. Adriaensen, "Using a DLL to filter time", Linux Audio Conference 2005): wide
while it is new, so that it locks within a beat, then narrow, so that it is steady.

What goes wrong on a wire is defined here:
- ticks that stay away: the timeline runs on for `FREEWHEEL_BEATS`, then it stops; ticks that
  come back are given the numbers they would have had, also those that come late in a burst;
- a tempo that changes at once: found within three ticks where the clock is even, within a beat
  where it trembles;
- two clocks on one wire: more than 1.5 times as many ticks as before, and unevenly; none of
  them counts and the tempo is held until they are even again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from statistics import pstdev
from typing import Literal, NamedTuple

from bridge.doors.midi.messages import (
    CLOCK,
    CONTINUE,
    SONG_POSITION,
    START,
    STOP,
    TICKS_PER_BEAT,
    TICKS_PER_SIXTEENTH,
)
from bridge.doors.midi.timeline import Timeline

Change = Literal["started", "continued", "stopped", "jumped", "lost", "back", "two clocks", "even"]

DEFAULT_TEMPO_BPM = 120.0
SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0
FREEWHEEL_BEATS = 4.0
MISSED_TICKS = 6  # from then on the clock counts as lost

_WIDE_HZ, _NARROW_HZ = 4.0, 0.5  # bandwidth of the loop: at first, and once it is locked
_WINDOW = 12  # ticks that tell whether the clock is even
_KNOWN = 6  # gaps that make a tempo
_AGREE = 3  # gaps that must agree on a new tempo
_GAP = 1.7  # periods; a longer gap means that ticks are missing
_BURST = 0.4  # periods; ticks closer than this come in a burst
_OWED_S = 1.0  # so long ticks that were taken for lost may still come
_CROWDED = 1.5
_EVEN_AGAIN = 48  # even ticks in a row after which a crowd is taken to be one fast clock
_UNEVEN = 0.35  # standard deviation of the gaps, against their mean


class _Steady(NamedTuple):
    """The loop as it was: number of the last tick, when the next was due, the period."""

    tick: int
    next_s: float
    period_s: float


class ClockFollower:
    """Follows one MIDI clock.

    Attributes:
        running: whether the song plays.
        locked: whether a tempo is known from ticks.
        lost_ticks: how many stayed away while the song played.
        foreign_ticks: how many were not counted because there were two clocks.
        jitter_s: how far ticks are off their places, as a running mean.
    """

    def __init__(self, tempo_bpm: float = DEFAULT_TEMPO_BPM) -> None:
        self.running = False
        self.locked = False
        self.lost_ticks = 0
        self.foreign_ticks = 0
        self.jitter_s = 0.0
        self._period_s = 60 / tempo_bpm / TICKS_PER_BEAT
        self._tick = -1  # number of the last tick in the session
        self._offset = 0  # to be added for its number in the song
        self._last_s = -math.inf
        self._next_s = 0.0
        self._age = 0  # ticks since the loop began anew
        self._strays = 0  # ticks in a row that were off by more than half a tick
        self._gaps: deque[float] = deque(maxlen=_WINDOW)
        self._past: deque[_Steady] = deque(maxlen=_WINDOW)
        self._armed: Change | None = None
        self._late: tuple[int, float] | None = None  # before a gap: last tick, length of the gap
        self._crowd: _Steady | None = None
        self._even_ticks = 0
        self._owed = 0  # ticks taken for lost that may still come
        self._owed_until_s = 0.0
        self._absent = False
        self._stopped_by_loss = False

    @property
    def tempo_bpm(self) -> float:
        """The tempo that the ticks say."""
        return 60 / (self._period_s * TICKS_PER_BEAT)

    @property
    def last_tick_s(self) -> float:
        """When the last tick came; minus infinity before the first."""
        return self._last_s

    def timeline(self) -> Timeline | None:
        """The timeline while the song plays, else None."""
        if not self.running:
            return None
        origin = (self._tick + 1) / TICKS_PER_BEAT
        return Timeline(origin, self._next_s, self.tempo_bpm, self._offset / TICKS_PER_BEAT)

    def hear(self, data: bytes, at_s: float) -> Sequence[Change]:
        """Take a message of clock or transport; gives what has changed by it."""
        status = data[0]
        if status == CLOCK:
            return self._hear_tick(at_s)
        if status == START:
            return self._begin(0, "started")
        if status == CONTINUE:
            return self._begin(self._tick + 1 + self._offset, "continued")
        if status == SONG_POSITION:
            return self._locate((data[1] + (data[2] << 7)) * TICKS_PER_SIXTEENTH)
        if status == STOP:
            return self._stop()
        return ()

    def look(self, now_s: float) -> Sequence[Change]:
        """Time has passed: notice that the clock stays away."""
        if not self.running or not self.locked or self._crowd:
            return ()
        silent_ticks = (now_s - self._last_s) / self._period_s
        if silent_ticks > FREEWHEEL_BEATS * TICKS_PER_BEAT:
            self.running = False
            self._stopped_by_loss = True
            return ("stopped",)
        if silent_ticks > MISSED_TICKS and not self._absent:
            self._absent = True
            return ("lost",)
        return ()

    # Transport

    def _begin(self, song_tick: int, change: Change) -> Sequence[Change]:
        """Start or continue: the next tick is the song's tick `song_tick`."""
        self._offset = song_tick - (self._tick + 1)
        self._armed = change
        self._absent = self._stopped_by_loss = False
        return ()

    def _locate(self, song_tick: int) -> Sequence[Change]:
        offset = song_tick - (self._tick + 1)
        moved, self._offset = offset != self._offset, offset
        return ("jumped",) if moved and self.running else ()

    def _stop(self) -> Sequence[Change]:
        was_running, self.running = self.running, False
        self._armed = None
        self._stopped_by_loss = False
        return ("stopped",) if was_running else ()

    # Ticks

    def _hear_tick(self, at_s: float) -> Sequence[Change]:
        gap_s, self._last_s = at_s - self._last_s, at_s
        if math.isinf(gap_s):
            self._renew(at_s, self._period_s)
            return self._counted()
        if self._is_owed(gap_s, at_s):
            return ()
        if self._is_crowded(gap_s):
            return self._refuse()
        if self._crowd:
            self._crowd = None
            self._catch_up(at_s)
            return ("even", *self._counted())
        if not self.locked:
            self._get_to_know(at_s)
        else:
            self._place(at_s, gap_s)
        return (*self._returned(), *self._counted())

    def _get_to_know(self, at_s: float) -> None:
        """The first gaps: their mean is the tempo, until there are enough to trust it."""
        gaps = [gap for gap in self._gaps if gap <= _tick_s(SLOWEST_BPM)]
        count = len(gaps)
        self._renew(at_s, sum(gaps) / count if gaps else self._period_s)
        self._gaps.clear()
        self._gaps.extend(gaps)
        self.locked = count >= _KNOWN

    def _counted(self) -> Sequence[Change]:
        """One tick on while the song plays; the first after start or continue sets it going."""
        armed, self._armed = self._armed, None
        if armed or self.running:
            self._tick += 1
        self._past.append(_Steady(self._tick, self._next_s, self._period_s))
        if not armed:
            return ()
        self.running = True
        return (armed,)

    def _returned(self) -> Sequence[Change]:
        """The clock was lost and is back."""
        was_absent, self._absent = self._absent, False
        if self._stopped_by_loss:
            self._stopped_by_loss, self.running = False, True
            return ("back", "continued")
        return ("back",) if was_absent else ()

    def _place(self, at_s: float, gap_s: float) -> None:
        """Find out what a tick means for the tempo."""
        error_s = at_s - self._next_s
        late, self._late = self._late, None
        missing = gap_s > _GAP * self._period_s and error_s > self._period_s / 2
        if late and gap_s > 1.3 * self._period_s and abs(gap_s / late[1] - 1) < 0.25:
            # Not lost ticks but a slower tempo: two gaps of the same length.
            self.lost_ticks -= self._tick - late[0] - 1
            self._tick = late[0] + 1
            self._renew(at_s, gap_s)
        elif missing:
            self._miss(at_s, gap_s)
        elif self._is_another_tempo(error_s):
            self._renew(at_s, self._recent_gap_s())
        else:
            self._widen(error_s)
            self._filter(error_s)

    def _widen(self, error_s: float) -> None:
        """Open the loop again where ticks are off by more than half a tick time after time."""
        off = abs(error_s) > self._period_s / 2
        self._strays = self._strays + 1 if off else 0
        if self._strays >= _AGREE:
            self._age = self._strays = 0

    def _miss(self, at_s: float, gap_s: float) -> None:
        """Ticks have stayed away."""
        if not (self.running or self._stopped_by_loss):
            self._renew(at_s, self._period_s)
            return
        before = self._tick
        self._catch_up(at_s)
        self._owed, self._owed_until_s = self._tick - before, at_s + _OWED_S
        self.lost_ticks += self._owed
        self._late = (before, gap_s)

    def _is_owed(self, gap_s: float, at_s: float) -> bool:
        """Whether a tick is one of those that were taken for lost and only came late, in a burst.

        Its place is counted already.
        """
        if not self._owed or at_s > self._owed_until_s or gap_s > _BURST * self._period_s:
            return False
        self._owed -= 1
        self.lost_ticks -= 1
        return True

    def _is_another_tempo(self, error_s: float) -> bool:
        """Whether the last gaps agree on a tempo that is not ours.

        They do where they differ from ours by far more than from each other and than this clock
        trembles. A tempo far above ours needs more of them: it may be a second clock.
        """
        far_above = self._recent_gap_s() * _CROWDED < self._period_s
        recent = [*self._gaps][-(_WINDOW - 3 if far_above else _AGREE) :]
        spread_s = max(recent) - min(recent)
        apart_s = abs(self._recent_gap_s() - self._period_s)
        surprising = abs(error_s) > 4 * self.jitter_s + 0.01 * self._period_s
        agreed = apart_s > 3 * spread_s + 0.005 * self._period_s
        return surprising and agreed and len(recent) >= _AGREE

    def _recent_gap_s(self) -> float:
        recent = [*self._gaps][-_AGREE:]
        return sum(recent) / len(recent)

    def _filter(self, error_s: float) -> None:
        """One step of the delay-locked loop."""
        bandwidth_hz = max(_NARROW_HZ, _WIDE_HZ / (1 + self._age / 12))
        omega = min(2 * math.pi * bandwidth_hz * self._period_s, 0.6)
        self._next_s += math.sqrt(2) * omega * error_s + self._period_s
        self._period_s += omega * omega * error_s
        self._period_s = min(max(self._period_s, _tick_s(FASTEST_BPM)), _tick_s(SLOWEST_BPM))
        self._age += 1
        self.jitter_s += (abs(error_s) - self.jitter_s) / TICKS_PER_BEAT

    def _renew(self, at_s: float, period_s: float) -> None:
        """Begin the loop anew from this tick."""
        self._period_s = min(max(period_s, _tick_s(FASTEST_BPM)), _tick_s(SLOWEST_BPM))
        self._next_s = at_s + self._period_s
        self._age = self._strays = 0
        recent = [*self._gaps][-_AGREE:]
        self._gaps.clear()
        self._gaps.extend(recent)
        self._past.clear()

    def _catch_up(self, at_s: float) -> None:
        """Give a tick after a gap the number it would have had, and the loop its place."""
        missed = max(0, round((at_s - self._next_s) / self._period_s))
        self._tick += missed
        self._next_s += missed * self._period_s
        self._filter(at_s - self._next_s)

    # Two clocks

    def _is_crowded(self, gap_s: float) -> bool:
        """Whether ticks come so fast and so unevenly that they can't be one clock's."""
        self._gaps.append(gap_s)
        if not self.locked or len(self._gaps) < _WINDOW or not (self._crowd or self._past):
            return False
        mean_s = sum(self._gaps) / _WINDOW
        # The newest half alone tells evenness, or a tempo that has just doubled would look uneven.
        uneven = pstdev([*self._gaps][_WINDOW // 2 :]) > _UNEVEN * mean_s
        if not self._crowd:
            return uneven and mean_s * _CROWDED < self._past[0].period_s
        self._even_ticks = 0 if uneven else self._even_ticks + 1
        return mean_s * _CROWDED < self._crowd.period_s and self._even_ticks < _EVEN_AGAIN

    def _refuse(self) -> Sequence[Change]:
        self.foreign_ticks += 1
        self._late = None
        if self._crowd:
            return ()
        # Back to the last place where the clock was alone.
        self._crowd = steady = self._past[0]
        self.foreign_ticks += max(0, self._tick - steady.tick)
        self._tick, self._next_s, self._period_s = steady
        return ("two clocks",)


def _tick_s(tempo_bpm: float) -> float:
    return 60 / tempo_bpm / TICKS_PER_BEAT
