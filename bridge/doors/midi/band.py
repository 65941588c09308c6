# SPDX-License-Identifier: Apache-2.0
"""Band: what plays in each bar, in each mode: answers, bars without end, layers. Pure.

It is told of phrases and of what comes back from engines; it is asked for one bar after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bridge.doors.midi.asking import STREAMED, answer_request, onward_request, role_of
from bridge.doors.midi.bars import Answer, Bar, BarQueue, History, bars_of
from bridge.doors.midi.phrase import Phrase
from bridge.doors.midi.recorder import Gesture
from bridge.doors.midi.steering import Choice
from models.clip import Clip, Kind
from models.metre import Metre

CONTEXT_BARS = 8  # how much of what was played endless playing looks back on
ONWARD_BARS = 2  # how much it asks for at a time
_FIRST_GUESS_S = 0.15  # how long an answer takes, before one was timed
_AGAIN_S = 1.0  # after a fault endless playing asks again, not sooner


@dataclass(frozen=True, slots=True)
class Layer:
    """A loop: bars that repeat from a place on, and what was turned meanwhile."""

    bars: tuple[Bar, ...]
    start_beats: float
    gestures: tuple[Gesture, ...] = ()

    def at(self, beats: float, bar_beats: float) -> tuple[Bar, list[Gesture]]:
        """The bar at a bar line, and its gestures in beats from there."""
        index = round((beats - self.start_beats) / bar_beats) % len(self.bars)
        begin = index * bar_beats
        turned = [
            Gesture(g.beats - begin, g.data)
            for g in self.gestures
            if begin <= g.beats < begin + bar_beats
        ]
        return self.bars[index], turned


class Band:
    """Everything that plays.

    Attributes:
        queue: bars ahead of the playhead.
        layers: the loops.
        notices: what the player should know, newest last; whoever tells it takes it out.
        requests: what is to be asked, each with an id.
        latency_s: how long an answer's first bar takes.
    """

    def __init__(self, metre: Metre, ahead_bars: int, tag: str) -> None:
        self.queue = BarQueue()
        self.layers: list[Layer] = []
        self.notices: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.latency_s = _FIRST_GUESS_S
        self._metre = metre
        self._ahead_bars = ahead_bars
        self._answer: Answer | None = None
        self._history = History(CONTEXT_BARS)
        self._tag = tag  # of this session: a later one's requests must not pass for repetitions
        self._asked = 0
        self._going = False  # endless playing has begun
        self._not_before_s = 0.0
        self._frame = Clip((), metre.bar_beats, metre=metre)

    @property
    def busy(self) -> bool:
        """Whether something plays or is on its way."""
        return bool(self._answer or self.queue or self.queue.playing or self.layers or self._going)

    @property
    def waiting(self) -> str:
        """The job that is waited for; empty without one."""
        return (self._answer.job or "asked") if self._answer else ""

    def take(self, phrase: Phrase, choice: Choice, now_s: float) -> None:
        """A phrase was played: answer it, go on from it, or loop it."""
        if choice.mode == "answer":
            self._ask(answer_request(phrase.asked(), choice, self._metre, _tempo(phrase)), now_s)
        elif choice.mode == "endless":
            self._drop_answer()
            self.queue.clear()
            self._frame = phrase.asked()[0]
            self._history.begin(self._frame)
            self._going = True
        elif choice.mode == "loop":
            parts = [(_kind(clip), clip.notes) for clip in phrase.asked()]
            count = round(phrase.length_beats / self._metre.bar_beats)
            bars = bars_of(parts, self._metre.bar_beats, 0, count)
            self.layers.append(Layer(tuple(bars), phrase.start_beats, _without_pedal(phrase)))

    def ask_again(self, phrase: Phrase | None, choice: Choice, now_s: float) -> None:
        """An answer is wanted now, to the last phrase, or from nothing; in a loop as a layer."""
        if choice.mode == "endless":
            self._going = True
            return
        clips = phrase.asked() if phrase else ()
        tempo_bpm = _tempo(phrase) if phrase else choice.tempo_bpm
        self._ask(answer_request(clips, choice, self._metre, tempo_bpm), now_s)

    def hear(self, event: Mapping[str, Any], choice: Choice, now_s: float) -> None:
        """Take an event of the protocol."""
        answer = self._answer
        if answer is None or event.get("id") != answer.id:
            return
        answer.hear(event)
        if answer.fault:
            self.notices.append(f"No answer: {answer.fault}")
            self._not_before_s = now_s + _AGAIN_S
        elif choice.mode == "loop":
            self._add_layer(answer, choice)
        else:
            self._queue_up(answer, choice, now_s)
        if answer.over:
            self._answer = None

    def plan(self, choice: Choice, tempo_bpm: float, now_s: float) -> None:
        """Ask for the next bars of endless playing, where they are due."""
        due = self._going and choice.mode == "endless" and now_s >= self._not_before_s
        if not due or self._answer or len(self.queue) >= self._ahead_bars:
            return
        frame = _at_tempo(self._frame, tempo_bpm)
        context = self._history.clip(frame)
        self._ask(onward_request(context, choice, ONWARD_BARS, frame), now_s)

    def bar(self, at_beats: float) -> Iterator[tuple[Bar, list[Gesture]]]:
        """What plays in the bar that begins there."""
        repeated = self.queue.repeated
        bar = self.queue.next(more_to_come=self._answer is not None or self._going)
        if self.queue.repeated > repeated:
            self.notices.append("The engine could not keep up; the last bar is played again.")
        if bar:
            yield bar, []
        for layer in self.layers:
            yield layer.at(at_beats, self._metre.bar_beats)

    def undo(self) -> None:
        """Take the last layer away."""
        if self.layers:
            self.layers.pop()

    def rewind(self) -> None:
        """Nothing of before plays on; endless playing goes on from what it knows."""
        self._drop_answer()
        self.queue.clear()

    def stop(self) -> None:
        """Nothing plays any more and nothing is waited for; what was played is remembered."""
        self.rewind()
        self._going = False

    def clear(self) -> None:
        """Forget everything."""
        self.stop()
        self.layers.clear()
        self._history.clear()

    def _ask(self, request: dict[str, Any], now_s: float) -> None:
        self._drop_answer()
        command = request["op"]
        drums = command == "continue" and request["clips"][0]["kind"] == "drums"
        kind: Kind = "drums" if drums else "melodic"
        self._answer = Answer(
            self._new_id(), now_s, command, self._metre.bar_beats, command in STREAMED, kind
        )
        self.requests.append({**request, "id": self._answer.id})

    def _new_id(self) -> str:
        self._asked += 1
        return f"{self._tag} {self._asked}"

    def _drop_answer(self) -> None:
        """What is on its way is not wanted any more."""
        if self._answer and self._answer.job:
            self.requests.append({"op": "cancel", "id": self._new_id(), "job": self._answer.job})
        self._answer = None

    def _queue_up(self, answer: Answer, choice: Choice, now_s: float) -> None:
        first = not answer.given_bars
        bars = answer.take(partial(role_of, answer.command, choice))
        if not bars:
            return
        if first:
            self.latency_s += (now_s - answer.asked_s - self.latency_s) / 2
            if choice.mode == "answer":  # a newer answer takes the place of an older one
                self.queue.clear()
        if choice.mode == "endless":
            self._history.add(bars)
        self.queue.add(bars)

    def _add_layer(self, answer: Answer, choice: Choice) -> None:
        if answer.parts:
            bars = answer.take(partial(role_of, answer.command, choice))
            start = self.layers[0].start_beats if self.layers else 0.0
            self.layers.append(Layer(tuple(bars), start))


def _kind(clip: Clip) -> str:
    return "drums" if clip.kind == "drums" else "melody"


def _tempo(phrase: Phrase) -> float:
    return phrase.clips[0].tempo_bpm


def _at_tempo(clip: Clip, tempo_bpm: float) -> Clip:
    return replace(clip, tempo_bpm=round(tempo_bpm, 3), notes=())


def _without_pedal(phrase: Phrase) -> tuple[Gesture, ...]:
    """The gestures but for the pedal, which the notes' lengths say already."""
    return tuple(g for g in phrase.gestures if g.data[0] & 0xF0 != 0xB0 or g.data[1] != 64)
