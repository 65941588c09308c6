# SPDX-License-Identifier: Apache-2.0
"""The bars of a single take are sent while it is written, and are those of the result."""

from itertools import pairwise
from random import Random

import pytest

from models import examples
from models.clip import Clip, Note
from models.engine import Partial, Request
from models.engines.motif import Motif
from models.engines.motif.live import Live
from models.engines.motif.take import TakeSpan, spans_as_written, spans_of, tune_of

ARGS = {"adventure": 0.5, "density": 1.0, "similarity": 0.5, "scale_lock": True}


def line():
    rng = Random(1)
    notes = tuple(Note(rng.choice((57, 60, 62, 64, 67)), i / 2, 0.45, 90.0) for i in range(64))
    return Clip(notes, 32.0)


def events(command, clip, seed=1, **args):
    return list(Motif().generate(Request(command, (clip,), {**ARGS, **args}, seed, 1)))


def new_notes(events):
    return tuple(n for n in events[-1].answers[0].parts[0].notes if n.origin != "kept")


@pytest.mark.parametrize("seed", range(8))
def test_the_first_bar_of_a_long_answer_comes_early_and_the_rest_while_it_is_written(seed):
    found = events("continue", line(), seed, bars=32)
    sent = [index for index, event in enumerate(found) if isinstance(event, Partial)]
    assert sent[0] < 0.25 * len(found)
    assert max(later - earlier for earlier, later in pairwise(sent)) < 0.1 * len(found)
    assert tuple(n for index in sent for n in found[index].notes) == new_notes(found)


@pytest.mark.parametrize(
    ("command", "args"),
    [("continue", {"bars": 8}), ("infill", {"from_beats": 3.5, "to_beats": 12.25})],
)
@pytest.mark.parametrize("clip", [examples.melody(), examples.waltz(), examples.drum_groove()])
def test_what_is_sent_live_is_what_would_have_been_sent_at_the_end(
    command, args, clip, monkeypatch
):
    span_end = min(args.get("to_beats", 0.0), clip.loop_end_beats)
    args = {**args, "to_beats": span_end} if command == "infill" else args
    for seed in range(6):
        live = events(command, clip, seed, **args)
        with monkeypatch.context() as patch:
            patch.setattr(Live, "offer", lambda self, span: iter(()))
            late = events(command, clip, seed, **args)
        partials, spans = ([e for e in run if isinstance(e, Partial)] for run in (live, late))
        assert partials == spans
        assert live[-1] == late[-1]


def span(index, *rows, bar=4.0):
    notes = tuple(Note(pitch, start, 0.5) for pitch, start in rows)
    return TakeSpan(index, 4, index * bar, index * bar + bar, notes)


def test_bars_are_held_back_until_they_cannot_become_the_repeat():
    repeated = [Note(60, 0.0, 0.5), Note(62, 4.0, 0.5), Note(64, 8.0, 0.5)]
    live = Live([tune_of(repeated, 0)])
    live.restart()
    assert not list(live.offer(span(0, (60, 0.0))))
    assert not list(live.offer(span(1, (62, 4.0))))
    assert [p.index for p in live.offer(span(2, (65, 8.0)))] == [0, 1, 2]
    assert [p.index for p in live.offer(span(3))] == [3]
    assert live.sent == 4


def test_a_missing_note_tells_a_tune_apart_and_one_on_the_bar_line_may_still_come():
    live = Live([tune_of([Note(60, 3.99, 0.5)], 0), tune_of((), 0)])
    live.restart()
    assert not list(live.offer(span(0)))
    live.restart()
    assert list(live.offer(span(0, (61, 1.0))))
    live = Live([tune_of([Note(60, 3.0, 0.5)], 0)])
    live.restart()
    assert [p.index for p in live.offer(span(0))] == [0]


def test_an_attempt_that_was_dropped_is_not_sent():
    live = Live([tune_of([Note(60, 0.0, 0.5)], 0)])
    live.restart()
    assert not list(live.offer(span(0, (60, 0.0))))
    live.restart()
    (sent,) = live.offer(span(0, (61, 0.0)))
    assert sent.notes[0].pitch == 61


def test_a_note_just_before_its_bar_line_is_cut_as_at_the_end():
    rng = Random(3)
    edges = [0.0, 4.0, 8.0, 12.0, 16.0]
    bars = [
        [
            Note(60 + i, 4.0 * bar + i + rng.uniform(-0.1, 0.1) * (bar + i > 0), 0.5)
            for i in range(4)
        ]
        for bar in range(4)
    ]
    steps = [None, bars[0], None, bars[1], bars[2], None, bars[3]]
    found = [span for span in spans_as_written(steps, edges) if span is not None]
    assert tuple(found) == spans_of([note for bar in bars for note in bar], edges)
    assert any(n.start_beats < 4.0 * i for i, bar in enumerate(bars) for n in bar)
