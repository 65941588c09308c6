# SPDX-License-Identifier: Apache-2.0
"""The note contract of motif on random clips: any metre, loop, pickup, overlap, muted notes."""

from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.clip import Clip, Note, Scale
from models.contract import check
from models.engine import Partial, Progress, Request, Result
from models.engines.motif import Motif
from models.errors import BadArgument, BadClip
from models.metre import Metre, MetreChange

SHAPE = {
    "adventure": 0.5,
    "density": 1.0,
    "low_pitch": None,
    "high_pitch": None,
    "scale_lock": True,
    "similarity": 0.5,
    "lock": (),
    "lock_ids": (),
}

metres = st.sampled_from([Metre(4, 4), Metre(3, 4), Metre(5, 4), Metre(6, 8), Metre(7, 8)])
grids = st.sampled_from([0.25, 1 / 3, 0.5, 1 / 6])
feels = st.fixed_dictionaries(
    {
        "adventure": st.floats(0, 1),
        "similarity": st.floats(0, 1),
        "density": st.sampled_from([0.25, 0.7, 1.0, 2.0, 4.0]),
        "scale_lock": st.booleans(),
    }
)


@st.composite
def notes(draw, length):
    count = draw(st.integers(1, 24))
    grid = draw(grids)
    off = draw(st.sampled_from([0.0, 0.0, 0.03]))
    found = []
    for number in range(count):
        start = draw(st.integers(-4, int(length / grid))) * grid + off * draw(st.floats(-1, 1))
        found.append(
            Note(
                draw(st.sampled_from([0, 127, 36, 38, 42, 60, 61, 62, 64, 65, 67, 72])),
                start,
                draw(st.sampled_from([grid / 2, grid, 2 * grid, 5.0])),
                draw(st.sampled_from([1.0, 30.0, 77.5, 127.0])),
                mute=draw(st.integers(0, 5)) == 0,
                id=number if draw(st.booleans()) else None,
            )
        )
    return tuple(found)


@st.composite
def clips(draw):
    metre = draw(metres)
    length = draw(st.sampled_from([1, 2, 4])) * metre.bar_beats + draw(
        st.sampled_from([0.0, 0.0, 0.5, 1.3])
    )
    changes = ()
    if draw(st.integers(0, 3)) == 0:
        changes = (MetreChange(metre.bar_beats, draw(metres)),)
    drums = draw(st.booleans())
    start = draw(st.sampled_from([0.0, 0.0, 1.0, length / 2]))
    scale = draw(st.sampled_from([None, Scale(0, (0, 2, 4, 5, 7, 9, 11)), Scale(3, (0, 3, 7))]))
    return Clip(
        draw(notes(length)),
        length,
        loop_start_beats=start if start < length else 0.0,
        start_marker_beats=draw(st.sampled_from([0.0, -1.0])),
        metre=metre,
        metre_changes=changes,
        scale=None if drums else scale,
        kind="drums" if drums else "melodic",
        pads=((36, "Kick"), (38, "Snare"), (46, "Open Hat")) if drums else (),
    )


def answer(command, clip, args, *, seed=1, takes=1):
    """The events of a request, checked as the host checks them."""
    request = Request(command, (clip,), {**SHAPE, **args}, seed, takes)
    events = list(Motif().generate(request))
    assert isinstance(events[-1], Result)
    check(request, events[-1])
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    check_partials(events)
    return events[-1]


def check_partials(events):
    parts = sorted((e for e in events if isinstance(e, Partial)), key=lambda e: (e.take, e.index))
    streamed = {take: list(group) for take, group in groupby(parts, key=lambda e: e.take)}
    for number, found in enumerate(events[-1].answers):
        written = tuple(note for note in found.parts[0].notes if note.origin != "kept")
        spans = streamed.get(number, [])
        assert [span.index for span in spans] == list(range(len(spans)))
        assert all(span.count == len(spans) for span in spans)
        assert tuple(note for span in spans for note in span.notes) == written


def sounding(clip):
    return clip.playing() or tuple(note for note in clip.notes if not note.mute)


def check_written(clip, written, scale_lock, *, low=None, high=None):
    used = {note.pitch for note in sounding(clip)}
    if clip.kind == "drums":
        assert {note.pitch for note in written} <= used | {pitch for pitch, _ in clip.pads}
    elif scale_lock:
        home = clip.scale.pitch_classes if clip.scale else {pitch % 12 for pitch in used}
        assert all(note.pitch % 12 in home for note in written if note.origin == "new")
    for note in written:
        assert low is None or note.pitch >= low
        assert high is None or note.pitch <= high


def check_overlaps(clip, written):
    """No new note sounds together with another one of its pitch."""
    for note in written:
        for other in clip.notes:
            if other is note or other.pitch != note.pitch or note.origin != "new":
                continue
            apart = (
                other.end_beats <= note.start_beats + 1e-6
                or note.end_beats <= other.start_beats + 1e-6
            )
            assert apart, (note, other)


many = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(clips(), feels, st.integers(1, 5), st.integers(0, 99))
def test_continue_keeps_the_contract(clip, feel, bars, seed):
    args = {**feel, "bars": bars, "join": False}
    if not sounding(clip):
        with pytest.raises(BadClip):
            answer("continue", clip, args)
        return
    found = answer("continue", clip, args, seed=seed).answers[0].parts[0]
    assert found.notes
    assert all(note.id is None for note in found.notes)
    assert all(0 <= n.start_beats < found.length_beats for n in found.notes)
    assert all(n.end_beats <= found.length_beats for n in found.notes)
    check_written(clip, found.notes, feel["scale_lock"])
    check_overlaps(found, found.notes)
    again = answer("continue", clip, args, seed=seed).answers[0].parts[0]
    assert again == found


@many
@given(clips(), feels, st.floats(0, 1), st.floats(0, 1), st.data())
def test_infill_changes_only_the_hole(clip, feel, a, b, data):
    low, high = sorted((a * clip.length_beats, b * clip.length_beats))
    lock = data.draw(st.sampled_from([(), (60,), (36, 38)]))
    ids = data.draw(st.sampled_from([(), (0, 3)]))
    bounds = data.draw(st.sampled_from([(None, None), (60, 72), (None, 62)]))
    args = {**feel, "from_beats": low, "to_beats": high, "lock": lock, "lock_ids": ids}
    args.update(low_pitch=bounds[0], high_pitch=bounds[1])
    if not sounding(clip):
        return
    try:
        found = answer("infill", clip, args).answers[0].parts[0]
    except BadArgument:
        assert high - low < 1 / 32 or bounds != (None, None)
        return
    written = [note for note in found.notes if note.origin != "kept"]
    assert all(note.origin == "new" and note.pitch not in lock for note in written)
    assert all(low <= n.start_beats and n.end_beats <= high for n in written)
    check_written(clip, written, feel["scale_lock"], low=bounds[0], high=bounds[1])
    check_overlaps(found, written)


@many
@given(clips(), feels, st.floats(0, 1), st.data())
def test_vary_keeps_what_is_locked_and_the_loop_closed(clip, feel, amount, data):
    lock = data.draw(st.sampled_from([(), (60, 38)]))
    ids = data.draw(st.sampled_from([(), (0, 1, 2)]))
    if not sounding(clip):
        return
    args = {**feel, "amount": amount, "lock": lock, "lock_ids": ids}
    found = answer("vary", clip, args).answers[0].parts[0]
    ends = {note.id: note.end_beats for note in clip.notes if note.id is not None}
    loose = [note.end_beats for note in clip.notes if note.id is None]
    for note in found.notes:
        if note.origin == "new":
            assert clip.loop_start_beats <= note.start_beats
            assert note.end_beats <= clip.loop_end_beats
            assert note.pitch not in lock
        elif note.origin == "edited":
            limit = max(ends.get(note.id, 0.0), clip.loop_end_beats, *loose)
            assert note.end_beats <= limit
            assert clip.loop_start_beats <= note.start_beats or not clip.playing()
            assert note.id is None or note.id in ends
    written = [note for note in found.notes if note.origin != "kept"]
    check_written(clip, [n for n in written if n.origin == "new"], feel["scale_lock"])
    check_overlaps(found, written)


@many
@given(clips(), feels)
def test_vary_by_nothing_changes_nothing(clip, feel):
    if sounding(clip):
        found = answer("vary", clip, {**feel, "amount": 0.0}).answers[0].parts[0]
        assert found.notes == clip.notes


@many
@given(clips(), st.sampled_from(["continue", "infill", "vary"]), st.integers(0, 99))
def test_takes_differ_or_are_fewer(clip, command, seed):
    if not sounding(clip):
        return
    args = {"bars": 2, "amount": 0.5, "from_beats": 0.0, "to_beats": clip.length_beats}
    result = answer(command, clip, args, seed=seed, takes=4)
    contents = {
        frozenset((n.pitch, n.start_beats, n.duration_beats, n.velocity) for n in a.parts[0].notes)
        for a in result.answers
    }
    assert len(contents) == len(result.answers)
    assert len(result.answers) == 4 or result.degraded
