# SPDX-License-Identifier: Apache-2.0
"""A session in simulated time: a player at its input, a daemon that answers, ears at its output."""

import heapq
import random

from bridge.core.commands import COMMANDS
from bridge.core.stage import STATE_FIELDS
from bridge.doors.midi.conductor import Conductor
from bridge.doors.midi.facts import facts_of
from bridge.doors.midi.messages import ends_note, note_off, note_on, starts_note
from bridge.doors.midi.session import Options, Session
from bridge.doors.midi.steering import Choice, routes_of
from models.clip import Clip, Note
from models.wire import clip_from_data, clip_to_data, notes_to_data

STEP_S = 0.01
LEAD_S = 0.02


def quarters(bars, pitch=72):
    """An answer of so many bars: a note on each beat, one pitch a bar."""
    return [
        Note(pitch + beat // 4, float(beat), 0.5, origin="new") for beat in range(round(bars * 4))
    ]


class Room:
    """Everything that happens, step by step.

    Attributes:
        out: (second, message) of everything that was sent.
        asked: the requests for music, in order.
        captured: the clips that were kept.
    """

    def __init__(self, way="auto", latency_s=0.05, answer=quarters, seed=1, **options):
        choice = {name: options.pop(name) for name in Choice.__slots__ if name in options}
        self.now_s = 100.0
        conductor = Conductor(way, choice.get("tempo_bpm", 120.0), self.now_s)
        self.session = Session(
            Options(routes=routes_of(""), **options),
            Choice().chosen(choice),
            conductor,
            random.Random(seed),
        )
        self.out, self.asked, self.captured, self.cancelled = [], [], [], []
        self.latency_s = latency_s
        self.answer = answer
        self.fault = ""
        self._coming = []  # (second, event)
        self._playing = []  # (second, number, message) of the player
        self._sent = 0
        self._jobs = 0

    def clock(self, tempo_bpm=120.0, beats=64.0, start=b"\xfa", at_s=None):
        """The master starts, and sends its clock for so many beats."""
        at_s = self.now_s + 0.01 if at_s is None else at_s
        self.send(start, at_s - 0.002)
        for tick in range(round(beats * 24)):
            self.send(b"\xf8", at_s + tick * 60 / tempo_bpm / 24)
        return at_s

    def send(self, data, at_s=None):
        """Something comes in."""
        self._sent += 1
        at_s = self.now_s if at_s is None else at_s
        heapq.heappush(self._playing, (at_s, self._sent, data))

    def play(self, pitch, at_s, length_s=0.2, channel=0, velocity=90):
        """The player plays a note."""
        self.send(note_on(channel, pitch, velocity), at_s)
        self.send(note_off(channel, pitch), at_s + length_s)

    def run(self, until_s):
        """Time passes, to the given second."""
        while self.now_s < until_s:
            self.now_s += STEP_S
            while self._playing and self._playing[0][0] <= self.now_s:
                at_s, _, data = heapq.heappop(self._playing)
                self.session.heard("in", data, at_s)
            for _, event in [item for item in self._coming if item[0] <= self.now_s]:
                self.session.told(event, self.now_s)
            self._coming = [item for item in self._coming if item[0] > self.now_s]
            self.session.advance(self.now_s, LEAD_S)
            self.out += [(self.now_s, data) for data in self.session.urgent]
            self.session.urgent.clear()
            self.out += self.session.due(self.now_s, LEAD_S)
            for request in self.session.requests:
                self._serve(request)
            self.session.requests.clear()

    def _serve(self, request):
        if request["op"] == "capture":
            self.captured.append([clip_from_data(clip) for clip in request["clips"]])
            return
        if request["op"] == "cancel":
            self.cancelled.append(request["job"])
            return
        assert set(request) <= {p.name for p in COMMANDS[request["op"]].params} | {
            "op", "id", "clips", "engine",
        }  # fmt: skip
        self.asked.append(request)
        self._jobs += 1
        job, when = f"j{self._jobs}", self.now_s + self.latency_s

        def tell(event, **fields):
            self._coming.append((when, {"event": event, "id": request["id"], "job": job, **fields}))

        self._coming.append(
            (self.now_s, {"event": "accepted", "id": request["id"], "job": job, "position": 0})
        )
        if self.fault:
            tell("failed", code="engine_fault", message=self.fault, where="")
            return
        bars = request.get("bars") or 2
        notes = self.answer(bars)
        clip = Clip(tuple(notes), bars * self.session.metre.bar_beats)
        tell("partial", take=0, part=0, index=0, count=1, start_beats=0.0,
             end_beats=clip.length_beats, notes=notes_to_data(notes))  # fmt: skip
        tell("done", takes=[{"take": "t1", "parts": [clip_to_data(clip)]}], seed=1)

    def facts(self):
        """What is told of the session; every field of the table, and no other."""
        facts = facts_of(self.session, self.now_s)
        assert set(facts) == set(STATE_FIELDS)
        return facts

    def struck(self, pitch=None, channel=None):
        """When notes were struck."""
        return [
            at_s
            for at_s, data in self.out
            if starts_note(data) and pitch in {None, data[1]} and channel in {None, data[0] & 0x0F}
        ]

    def hanging(self):
        """Notes that still sound."""
        sounding = set()
        for _, data in sorted(self.out, key=lambda item: item[0]):
            if starts_note(data):
                sounding.add((data[0] & 0x0F, data[1]))
            elif ends_note(data):
                sounding.discard((data[0] & 0x0F, data[1]))
        return sounding
