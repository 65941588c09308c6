# SPDX-License-Identifier: Apache-2.0
"""Session: MIDI and events of the protocol in, MIDI and requests out. Pure; times are passed in.

What is played goes to the recorder; a phrase that is over goes to the band; before each bar line
the band is asked for its bar, which the schedule sends in time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.doors.midi.asking import capture_request
from bridge.doors.midi.band import Band
from bridge.doors.midi.conductor import Conductor
from bridge.doors.midi.follower import Change
from bridge.doors.midi.messages import CLOCK, START, TRANSPORT, is_whole, program, starts_note
from bridge.doors.midi.phrase import (
    EAGER_BEATS,
    Ending,
    Frame,
    Phrase,
    Rule,
    first_bar,
    is_over,
    phrase_of,
)
from bridge.doors.midi.recorder import Gesture, Recorder
from bridge.doors.midi.schedule import Schedule
from bridge.doors.midi.steering import Choice, read_turn
from bridge.doors.midi.timeline import SAME_PLACE_BEATS, Timeline
from models.metre import Metre
from models.midi.sounds import ROLE_PROGRAMS
from models.notation import scale_of

BAR_LEAD_S = 0.02  # so much before its line a bar is decided
IDLE_S, ACTIVE_S = 0.5, 0.02  # how often time is looked at, without and with something going on


@dataclass(frozen=True, slots=True)
class Options:
    """What stays as it is while the session lasts; see the settings `midi_...`."""

    metre: Metre = Metre()
    ending: Ending = "silence"
    phrase_bars: int = 2
    silence_beats: float = 2.0
    quantise_beats: float = 0.0
    ahead_bars: int = 2
    delay_s: float = 0.0
    first_control: int = 102
    programs: bool = False
    routes: Mapping[str, int] = field(default_factory=dict)


class Session:
    """One player's session.

    Attributes:
        metre: of the bars.
        requests: messages for the daemon; whoever sends them takes them out.
        phrases: what was played, to be written to files; whoever writes them takes them out.
        urgent: messages that leave at once, before all others; whoever sends them takes them out.
    """

    def __init__(
        self, options: Options, choice: Choice, conductor: Conductor, rng: random.Random
    ) -> None:
        self.choice = choice
        self.conductor = conductor
        self.requests: list[dict[str, Any]] = []
        self.phrases: list[Phrase] = []
        self.urgent: list[bytes] = []
        self._tag = f"{rng.getrandbits(32):08x}"
        self.band = Band(options.metre, options.ahead_bars, self._tag)
        self.recorder = Recorder()
        self.schedule = Schedule(rng)
        self.stuck = self.broken = 0
        self.notice = ""
        self._options = options
        self.metre = options.metre
        self._decided_beats = float("-inf")  # up to here it is decided what plays
        self._deaf_beats = float("-inf")  # notes that begin before belong to no phrase
        self._kept = 0
        self._line = Timeline(0.0, 0.0, choice.tempo_bpm)  # the last one, also while time stands
        self._last_phrase: Phrase | None = None
        self._sounds: dict[int, int] = {}  # channel -> program that was sent
        self._ticking = False

    # In

    def heard(self, port: str, data: bytes, at_s: float) -> None:
        """Take a message of the player's or of the clock's."""
        if not is_whole(data):
            self.broken += 1
        elif data[0] in TRANSPORT:
            self._follow(self.conductor.hear(port, data, at_s))
        elif turn := read_turn(data, self._options.first_control):
            self.steer({**turn.given, "action": turn.action}, at_s)
        elif self.choice.mode != "off":
            self._record(data, at_s)

    def told(self, event: Mapping[str, Any], now_s: float) -> None:
        """Take an event of the protocol."""
        self.band.hear(event, self.choice, now_s)
        self._pass_on()

    def steer(self, given: Mapping[str, Any], now_s: float) -> None:
        """Choose something else, or do something at once."""
        before, self.choice = self.choice, self.choice.chosen(given)
        if self.choice.mode != before.mode:
            self.silence()
            self.band.clear()
            self._forget_notice()
        if self.choice.tempo_bpm != before.tempo_bpm:
            self.conductor.own.set_tempo(self.choice.tempo_bpm, now_s)
        self._act(str(given.get("action") or ""), now_s)
        self._pass_on()

    def _act(self, action: str, now_s: float) -> None:
        if action == "ask" and not self._end_phrase(now_s):
            self.band.ask_again(self._last_phrase, self.choice, now_s)
        elif action == "undo":
            self.band.undo()
        elif action in {"stop", "clear"}:
            self.silence()
            self.band.stop()
        if action == "clear":
            self.band.clear()
            self._last_phrase = None

    def silence(self) -> None:
        """End what sounds, at once, and forget what was about to begin."""
        self.urgent += self.schedule.silence()
        self.schedule.drop()

    # Time

    def advance(self, now_s: float, lead_s: float) -> None:
        """Time has passed: end phrases, decide bars, ask for more."""
        self._follow(self.conductor.look(now_s))
        line = self.conductor.timeline()
        if line is None:
            return
        now_beats = line.beats_at(now_s)
        if is_over(self.recorder, line, now_beats, self._options.ending, self._rule(line)):
            self._end_phrase(now_s)
        self.band.plan(self.choice, line.tempo_bpm, now_s)
        horizon = line.beats_at(now_s + lead_s + BAR_LEAD_S - min(0.0, self._options.delay_s))
        self._decide(line, now_beats, horizon)
        self._pass_on()

    def due(self, now_s: float, lead_s: float) -> list[tuple[float, bytes]]:
        """What is to be handed over now: (second, message)."""
        line = self.conductor.timeline()
        if line is None:
            return []
        delay_s = self._options.delay_s
        now_beats, until = line.beats_at(now_s - delay_s), line.beats_at(now_s + lead_s - delay_s)
        notes = self.schedule.due(until, now_beats)
        out = [(line.seconds_at(beats) + delay_s, data) for beats, data in notes]
        return [*self._ticks(line, now_s + lead_s), *out]

    def next_s(self, now_s: float, lead_s: float) -> float:
        """When time should be looked at again."""
        line = self.conductor.timeline()
        active = (
            self.recorder.first_beats is not None
            or self.band.busy
            or self.conductor.follower.running
        )
        soonest = now_s + (ACTIVE_S if active or self._ticking else IDLE_S)
        place = self.schedule.next_beats()
        if line is None or place is None:
            return soonest
        return min(soonest, line.seconds_at(place) + self._options.delay_s - lead_s)

    # Inside

    def _follow(self, changes: Sequence[Change]) -> None:
        """What the clock does to what plays and what is recorded."""
        for change in changes:
            if change == "started":
                self._begin_song()
            elif change == "stopped":
                self._pause()
            elif change == "jumped":
                self._jump()
            elif change != "continued":
                self.notice = _NOTICES[change]
        self._line = self.conductor.timeline() or self._line

    def _begin_song(self) -> None:
        """The song begins: nothing of before is played on."""
        self.silence()
        self.band.rewind()
        self._keep_rest()
        self._decided_beats = self._deaf_beats = float("-inf")

    def _pause(self) -> None:
        """The song has stopped: what sounds ends; what is planned waits for it to go on."""
        self.urgent += self.schedule.silence()
        self._keep_rest()

    def _keep_rest(self) -> None:
        """A phrase that the song's end cut short is kept, though not answered."""
        if self.recorder.first_beats is not None:
            self._keep(self._cut(self.recorder.last_beats, self._line))

    def _jump(self) -> None:
        """The song has jumped: by whole bars the music goes on, else it waits for a bar line."""
        line = self.conductor.timeline()
        if line is None:
            return
        moved = (line.song_offset_beats - self._line.song_offset_beats) / self.metre.bar_beats
        if abs(moved - round(moved)) > SAME_PLACE_BEATS:
            self.silence()
            self._decided_beats = float("-inf")

    def _record(self, data: bytes, at_s: float) -> None:
        line = self.conductor.timeline()
        if line is None:
            return
        first = self.recorder.first_beats is None and starts_note(data)
        free = self.conductor.source == "own" and self.conductor.way == "auto"
        if first and free and not self.band.busy:
            self.conductor.own.begin_bar(at_s)  # nobody beats time: the first note is beat one
            self._decided_beats = float("-inf")
            line = self.conductor.own.timeline()
        beats = line.beats_at(at_s)
        if not (first and beats < self._deaf_beats):
            self.recorder.hear(data, beats)

    def _rule(self, line: Timeline) -> Rule:
        lead_s = min(1.3 * self.band.latency_s + BAR_LEAD_S, 60 / line.tempo_bpm)
        options = self._options
        lead_beats = lead_s * line.tempo_bpm / 60
        return Rule(self.metre, options.phrase_bars, lead_beats, options.silence_beats)

    def _end_phrase(self, now_s: float) -> bool:
        """Hand on what was played; false when there was nothing."""
        line = self.conductor.timeline()
        if line is None or self.recorder.first_beats is None:
            return False
        phrase = self._cut(line.beats_at(now_s), line)
        self._keep(phrase)
        self._forget_notice()
        self.band.take(phrase, self.choice, now_s)
        return True

    def _cut(self, beats: float, line: Timeline) -> Phrase:
        frame = Frame(
            self.metre,
            round(line.tempo_bpm, 2),
            scale_of(self.choice.scale),
            self._options.quantise_beats,
        )
        if self._options.ending != "bars" or self.recorder.first_beats is None:
            return phrase_of(self.recorder.cut(beats), line, frame)
        # Handed on a little before its last bar line: its last notes are not new ones.
        bars = self._options.phrase_bars
        start = first_bar(self.recorder.first_beats, line, self.metre)
        end = start + bars * self.metre.bar_beats
        self._deaf_beats = end - EAGER_BEATS
        return phrase_of(self.recorder.cut(max(beats, end)), line, frame, bars=bars)

    def _keep(self, phrase: Phrase) -> None:
        """What was played is kept, whatever becomes of it."""
        self.stuck += phrase.stuck
        self._last_phrase = phrase
        self.phrases.append(phrase)
        self._kept += 1
        request_id = f"{self._tag} played {self._kept}"
        self.requests.append({**capture_request(phrase.clips), "id": request_id})

    def _decide(self, line: Timeline, now_beats: float, horizon_beats: float) -> None:
        """Plan every bar that begins before the horizon and has not been planned."""
        bar_beats = self.metre.bar_beats
        # A bar whose line was missed by a little is still played, a little late.
        missed = now_beats - self._decided_beats
        soonest = now_beats if missed > bar_beats / 2 else self._decided_beats - SAME_PLACE_BEATS
        while (bar := line.bar_line(soonest, self.metre)) < horizon_beats:
            for music, gestures in self.band.bar(bar):
                for role, notes in music.parts:
                    channel = self._options.routes.get(role, 0)
                    self._sound(role, channel, bar)
                    self.schedule.add_notes(notes, bar, channel)
                self._turn(gestures, bar)
            soonest = self._decided_beats = bar + bar_beats
            self.band.plan(self.choice, line.tempo_bpm, line.seconds_at(now_beats))

    def _sound(self, role: str, channel: int, beats: float) -> None:
        """The sound of a role, where it is asked for and the channel has another."""
        wanted = ROLE_PROGRAMS.get(role)
        if self._options.programs and wanted is not None and self._sounds.get(channel) != wanted:
            self._sounds[channel] = wanted
            self.schedule.add(beats, program(channel, wanted))

    def _turn(self, gestures: Sequence[Gesture], beats: float) -> None:
        channel = self._options.routes.get("melody", 0)
        for gesture in gestures:
            status = gesture.data[0] & 0xF0 | channel
            self.schedule.add(beats + gesture.beats, bytes((status, *gesture.data[1:])))

    def _ticks(self, line: Timeline, until_s: float) -> list[tuple[float, bytes]]:
        """The clock for others, where it is ours to give."""
        if self.conductor.way != "internal":
            return []
        places = self.conductor.own.ticks_until(line.beats_at(until_s))
        ticks = [(line.seconds_at(beats), bytes((CLOCK,))) for beats in places]
        if ticks and not self._ticking:
            self._ticking = True
            return [(ticks[0][0], bytes((START,))), *ticks]
        return ticks

    def _forget_notice(self) -> None:
        """What was told of before does not hold for what comes now, unless it goes on."""
        if self.notice not in _STANDING:
            self.notice = ""

    def _pass_on(self) -> None:
        """What the band wants asked and told."""
        self.requests += self.band.requests
        self.band.requests.clear()
        if self.band.notices:
            self.notice = self.band.notices[-1]
            self.band.notices.clear()


_NOTICES: Mapping[str, str] = {
    "lost": "The MIDI clock stays away; the tempo is held for a bar.",
    "back": "The MIDI clock is back.",
    "two clocks": "Two clocks come in on one port; the tempo is held. Switch one of them off.",
    "even": "The MIDI clock is even again.",
}
_STANDING = frozenset({_NOTICES["lost"], _NOTICES["two clocks"]})
