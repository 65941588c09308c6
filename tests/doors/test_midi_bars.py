# SPDX-License-Identifier: Apache-2.0
"""Answers cut into bars as they come in, and the bars ahead of the playhead."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.midi.bars import Answer, BarQueue, History, bars_of
from models.clip import Clip, Note
from models.metre import Metre
from models.wire import clip_to_data, notes_to_data

notes = st.lists(
    st.builds(Note, st.integers(0, 127), st.floats(0, 11.99), st.floats(0.1, 8)), max_size=30
)


def put_together(bars, bar_beats):
    return sorted(
        (round(note.start_beats + index * bar_beats, 6), note.pitch)
        for index, bar in enumerate(bars)
        for note in bar.notes
    )


def places(notes):
    return sorted((round(note.start_beats, 6), note.pitch) for note in notes)


@given(notes=notes, cuts=st.sets(st.floats(0.1, 11.9), max_size=5))
def test_however_an_answer_is_cut_up_on_its_way_its_bars_hold_every_note_once(notes, cuts):
    answer = Answer("a 1", 0.0, "continue", 4.0, streamed=True)
    bars, begin = [], 0.0
    for end in [*sorted(cuts), 12.0]:
        span = [note for note in notes if begin <= note.start_beats < end]
        event = {"event": "partial", "take": 0, "part": 0, "end_beats": end}
        answer.hear({**event, "notes": notes_to_data(span)})
        bars += answer.take(lambda part: "melody")
        begin = end
    done = {"event": "done", "takes": [{"parts": [clip_to_data(Clip(tuple(notes), 12.0))]}]}
    answer.hear(done)
    bars += answer.take(lambda part: "melody")
    assert len(bars) == 3
    assert put_together(bars, 4.0) == places(notes)
    assert answer.over


@given(notes=notes, numerator=st.integers(1, 7))
def test_bars_of_any_length_hold_every_note_once(notes, numerator):
    bar_beats = Metre(numerator, 8).bar_beats
    bars = bars_of([("a", notes)], bar_beats, 0, 30)
    assert put_together(bars, bar_beats) == places(notes)


def test_an_answer_of_several_parts_is_taken_only_when_it_is_whole():
    answer = Answer("a 1", 0.0, "generate", 4.0, streamed=True)
    for part in (0, 1):
        event = {"event": "partial", "take": 0, "part": part, "end_beats": 4.0}
        answer.hear({**event, "notes": notes_to_data([Note(60 + part, 0.0, 1.0)])})
        if part:
            assert answer.take(str) == ()


def test_a_refusal_ends_an_answer_with_its_sentence():
    answer = Answer("a 1", 0.0, "continue", 4.0, streamed=True)
    answer.hear({"event": "error", "message": "No engine serves it."})
    assert answer.over
    assert answer.fault == "No engine serves it."
    assert answer.take(str) == ()


def test_the_last_bar_is_repeated_only_while_more_is_to_come():
    queue = BarQueue()
    assert queue.next(more_to_come=True) is None
    bar = bars_of([("a", [Note(60, 0.0, 1.0)])], 4.0, 0, 1)[0]
    queue.add([bar])
    assert [queue.next(more_to_come=True) for _ in range(3)] == [bar] * 3
    assert queue.repeated == 2
    assert queue.next(more_to_come=False) is None
    assert not queue.playing


def test_the_context_is_the_last_bars_in_their_order():
    history = History(2)
    history.begin(Clip((Note(60, 0.0, 1.0), Note(62, 4.0, 1.0)), 8.0))
    history.add(bars_of([("a", [Note(64, 1.5, 1.0, id=7, origin="new")])], 4.0, 0, 1))
    context = history.clip(Clip((), 4.0))
    assert context.length_beats == 8.0
    assert context.notes == (Note(62, 0.0, 1.0), Note(64, 5.5, 1.0))
    assert {note.origin for note in context.notes} == {"kept"}
