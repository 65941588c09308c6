# SPDX-License-Identifier: Apache-2.0
"""A whole session in simulated time: call and response, endless, loops, and what goes wrong."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from midi_room import Room, quarters

from bridge.doors.midi.messages import control, note_on, program, song_position
from models.clip import Note
from models.wire import clip_from_data

BEAT_S = 0.5  # at 120 bpm


def phrase(room, at_s, beats=4, pitch=60):
    """Quarters of 0.2 s; gives the second after the last."""
    for beat in range(beats):
        room.play(pitch + beat, at_s + beat * BEAT_S)
    return at_s + beats * BEAT_S


def first_struck(room, after_s):
    return min(at_s for at_s in room.struck() if at_s > after_s)


def test_a_phrase_is_kept_and_answered_from_the_next_bar_line_in_time():
    room = Room("follow", bars=2)
    start_s = room.clock(120, 40)
    phrase(room, start_s)  # ends at beat 3.4: silent for two beats at 5.4
    room.run(start_s + 20 * BEAT_S)
    assert [clip.name for clip in room.captured[0]] == ["played"]
    assert [note.pitch for note in room.captured[0][0].notes] == [60, 61, 62, 63]
    assert [request["op"] for request in room.asked] == ["continue"]
    assert clip_from_data(room.asked[0]["clips"][0]).length_beats == 4.0
    expected = [start_s + (8 + beat) * BEAT_S for beat in range(8)]
    assert room.struck() == pytest.approx(expected, abs=1e-4)
    assert room.hanging() == set()


@pytest.mark.parametrize("tempo_bpm", [60.0, 120.5, 174.0])
def test_by_bars_the_answer_begins_on_the_very_line_that_ends_the_phrase(tempo_bpm):
    room = Room("follow", bars=1, ending="bars", phrase_bars=2)
    start_s = room.clock(tempo_bpm, 40)
    for beat in range(7):
        room.play(60 + beat, start_s + beat * 60 / tempo_bpm)
    room.run(start_s + 14 * 60 / tempo_bpm)
    expected = [start_s + (8 + beat) * 60 / tempo_bpm for beat in range(4)]
    assert room.struck() == pytest.approx(expected, abs=2e-4)


def test_notes_played_after_the_phrase_was_handed_on_are_no_new_phrase():
    room = Room("follow", bars=1, ending="bars", phrase_bars=1, latency_s=0.1)
    start_s = room.clock(120, 40)
    phrase(room, start_s)
    room.play(70, start_s + 3.8 * BEAT_S)  # after the request for the answer
    room.run(start_s + 20 * BEAT_S)
    assert len(room.asked) == 1


def test_without_a_clock_the_first_note_is_beat_one():
    room = Room("auto", bars=1)
    at_s = room.now_s + 3.21
    phrase(room, at_s)
    room.run(at_s + 9)
    assert room.struck() == pytest.approx([at_s + (8 + beat) * BEAT_S for beat in range(4)])
    assert room.captured[0][0].notes[0].start_beats == pytest.approx(0.0)


def test_an_answer_that_comes_late_begins_one_bar_later():
    room = Room("follow", bars=1, latency_s=1.5)  # asked at beat 5.4, there at beat 8.4
    start_s = room.clock(120, 40)
    phrase(room, start_s)
    room.run(start_s + 18 * BEAT_S)
    assert room.struck()[0] == pytest.approx(start_s + 12 * BEAT_S, abs=1e-4)


def test_endless_playing_has_no_gap_and_hears_the_knobs():
    room = Room("follow", mode="endless", latency_s=0.3)
    start_s = room.clock(120, 200)
    phrase(room, start_s)
    room.send(control(0, 102, 127), start_s + 60 * BEAT_S)
    room.send(control(0, 105, 6), start_s + 60 * BEAT_S)
    room.run(start_s + 100 * BEAT_S)
    struck = room.struck()
    gaps = [b - a for a, b in pairwise(struck)]
    assert max(gaps) == pytest.approx(BEAT_S, abs=1e-3)
    assert len(struck) > 85
    assert room.session.band.queue.repeated == 0
    assert room.asked[0]["adventure"] == 0.5
    assert room.asked[-1]["adventure"] == 1.0
    assert clip_from_data(room.asked[-1]["clips"][0]).scale.name == "Major"
    assert len(clip_from_data(room.asked[-1]["clips"][0]).notes) == 32  # eight bars of context


def test_an_engine_that_cannot_keep_up_is_covered_by_the_last_bar_and_told():
    room = Room("follow", mode="endless", latency_s=6.0, ahead_bars=1)
    start_s = room.clock(120, 200)
    phrase(room, start_s)
    room.run(start_s + 80 * BEAT_S)
    assert room.session.band.queue.repeated > 2
    assert "could not keep up" in room.facts()["notice"]
    struck = [at_s for at_s in room.struck() if at_s > room.struck()[0]]
    gaps = [b - a for a, b in pairwise(struck)]
    assert max(gaps) == pytest.approx(BEAT_S, abs=1e-3)


def test_endless_playing_survives_an_engine_that_fails():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 200)
    phrase(room, start_s)
    room.run(start_s + 30 * BEAT_S)
    room.fault = "The engine broke."
    room.run(start_s + 60 * BEAT_S)
    assert "The engine broke." in room.session.notice or "keep up" in room.session.notice
    assert len([at_s for at_s in room.struck() if at_s > start_s + 50 * BEAT_S]) >= 9
    assert len(room.asked) < 40  # it asks again, but not all the time
    room.fault = ""
    repeated = room.session.band.queue.repeated
    room.run(start_s + 100 * BEAT_S)
    assert room.session.band.queue.repeated <= repeated + 2


def test_a_fault_is_told_until_the_next_phrase_is_answered():
    room = Room("follow", bars=1)
    room.fault = "The engine broke."
    start_s = room.clock(120, 40)
    phrase(room, start_s)
    room.run(start_s + 15 * BEAT_S)
    assert room.facts()["notice"] == "No answer: The engine broke."
    room.fault = ""
    phrase(room, start_s + 16 * BEAT_S)
    room.run(start_s + 30 * BEAT_S)
    assert room.facts()["notice"] == ""
    assert len(room.struck()) == 4


def test_a_machine_that_stalls_over_a_bar_line_plays_the_bar_late_and_not_never():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 100)
    phrase(room, start_s)
    room.run(start_s + 19.9 * BEAT_S)
    room.now_s += 0.15  # over the bar line at beat 20
    room.run(start_s + 24.5 * BEAT_S)
    fifth_bar = [at_s for at_s in room.struck() if start_s + 19.5 * BEAT_S < at_s]
    assert len(fifth_bar) == 5
    assert room.session.schedule.counts.late == 1
    assert room.session.schedule.counts.dropped == 0


def test_a_phrase_that_stop_cuts_short_is_kept_where_it_was_played():
    room = Room("follow")
    start_s = room.clock(120, 6)
    room.send(song_position(4 * 16 + 2), start_s + 0.001)  # the song stands at beat 16.5
    phrase(room, start_s + 0.5 * BEAT_S, beats=3)
    room.send(b"\xfc", start_s + 4 * BEAT_S)
    room.run(start_s + 8 * BEAT_S)
    starts = [note.start_beats for note in room.captured[0][0].notes]
    assert starts == pytest.approx([1.0, 2.0, 3.0], abs=0.05)
    assert room.asked == []


def test_an_answer_that_a_new_phrase_overtakes_is_cancelled_and_not_played():
    room = Room("follow", bars=1, latency_s=8.0)
    start_s = room.clock(120, 60)
    phrase(room, start_s)  # asked for at beat 5.4, there at beat 21.4
    phrase(room, start_s + 8 * BEAT_S, pitch=40)  # asked for at beat 13.4, there at beat 29.4
    room.run(start_s + 50 * BEAT_S)
    assert room.cancelled == ["j1"]
    expected = [start_s + (32 + beat) * BEAT_S for beat in range(4)]
    assert room.struck() == pytest.approx(expected, abs=1e-3)


def test_endless_playing_can_begin_from_nothing():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 100)
    room.send(control(0, 107, 127), start_s + 1)
    room.run(start_s + 20 * BEAT_S)
    assert room.asked[0]["op"] == "generate"
    assert room.asked[1]["op"] == "continue"
    assert len(room.struck()) > 12


def test_a_loop_comes_round_in_phase_and_layers_are_taken_away_again():
    room = Room("follow", mode="loop", ending="bars", phrase_bars=1)
    start_s = room.clock(120, 100)
    phrase(room, start_s + 4 * BEAT_S)
    phrase(room, start_s + 12 * BEAT_S, beats=2, pitch=40)
    room.run(start_s + 24 * BEAT_S)
    assert room.struck(60) == pytest.approx(
        [start_s + beat * BEAT_S for beat in (8, 12, 16, 20, 24)], abs=1e-3
    )
    assert room.struck(41) == pytest.approx(
        [start_s + beat * BEAT_S for beat in (17, 21)], abs=1e-3
    )
    room.send(control(0, 109, 127))  # undo
    room.run(start_s + 40 * BEAT_S)
    assert max(room.struck(41)) < start_s + 26 * BEAT_S
    assert max(room.struck(60)) > start_s + 35 * BEAT_S
    room.send(control(0, 110, 127))  # clear
    room.run(start_s + 60 * BEAT_S)
    assert max(room.struck()) < start_s + 42 * BEAT_S
    assert room.hanging() == set()


def test_bends_of_a_loop_come_round_with_it_but_not_the_pedal():
    room = Room("follow", mode="loop", ending="bars", phrase_bars=1)
    start_s = room.clock(120, 60)
    room.play(60, start_s, 0.4)
    room.send(control(0, 64, 127), start_s + 0.1)
    room.send(b"\xe0\x00\x50", start_s + 0.25)
    room.send(control(0, 64, 0), start_s + 0.5)
    room.run(start_s + 12 * BEAT_S)
    bends = [at_s for at_s, data in room.out if data == b"\xe0\x00\x50"]
    assert bends == pytest.approx([start_s + (4 * n + 0.5) * BEAT_S for n in (1, 2)], abs=1e-3)
    assert not any(data[:2] == b"\xb0\x40" for _, data in room.out)


def test_an_answer_can_be_asked_for_as_a_layer_of_a_loop():
    room = Room("follow", mode="loop", ending="bars", phrase_bars=1, command="accompany")
    start_s = room.clock(120, 60)
    phrase(room, start_s)
    room.send(control(0, 107, 127), start_s + 5 * BEAT_S)
    room.run(start_s + 20 * BEAT_S)
    assert room.asked[0]["role"] == "bass"
    assert len(room.session.band.layers) == 2
    assert room.struck(72, channel=1)  # the bass plays on its own channel


def test_only_listening_keeps_phrases_and_plays_nothing():
    room = Room("follow", mode="listen")
    start_s = room.clock(120, 40)
    phrase(room, start_s)
    room.run(start_s + 20 * BEAT_S)
    assert len(room.captured) == 1
    assert room.asked == room.out == []


def test_switched_off_nothing_is_even_recorded():
    room = Room("follow", mode="off")
    start_s = room.clock(120, 40)
    phrase(room, start_s)
    room.run(start_s + 20 * BEAT_S)
    assert room.captured == room.asked == room.out == []


def test_programs_choose_modes_and_commands():
    room = Room("follow")
    room.send(program(0, 3))
    room.send(program(0, 12))
    room.run(room.now_s + 0.1)
    choice = room.session.choice
    assert (choice.mode, choice.command, choice.role) == ("endless", "accompany", "melody")


def test_stop_in_mid_answer_ends_every_note_at_once_and_continue_goes_on():
    room = Room("follow", bars=4)
    start_s = room.clock(120, 10.3)
    phrase(room, start_s)
    stop_s = start_s + 10.25 * BEAT_S
    room.send(b"\xfc", stop_s)
    room.run(stop_s + 2)
    assert room.hanging() == set()
    assert max(room.struck()) <= stop_s + 0.02
    before = len(room.struck())
    again_s = room.clock(120, 40, start=b"\xfb")
    room.run(again_s + 20 * BEAT_S)
    assert before < len(room.struck()) == 16  # the rest of the sixteen, none twice
    assert room.hanging() == set()


def test_start_in_mid_answer_begins_anew():
    room = Room("follow", bars=4)
    start_s = room.clock(120, 10)
    phrase(room, start_s)
    room.run(start_s + 9.9 * BEAT_S)
    again_s = room.clock(120, 40)
    room.run(again_s + 20 * BEAT_S)
    assert max(room.struck()) < again_s
    assert room.hanging() == set()


def test_a_jump_by_whole_bars_does_not_disturb_what_plays():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 100)
    phrase(room, start_s)
    room.send(song_position(16), start_s + 20 * BEAT_S - 0.01)  # back to beat 4
    room.run(start_s + 40 * BEAT_S)
    struck = room.struck()
    gaps = [b - a for a, b in pairwise(struck)]
    assert max(gaps) == pytest.approx(BEAT_S, abs=1e-3)


def test_after_a_jump_into_a_bar_music_waits_for_the_next_bar_line():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 100)
    phrase(room, start_s)
    jump_s = start_s + 20 * BEAT_S - 0.01
    room.send(song_position(4 * 13), jump_s)  # to beat 13: the next line is three beats away
    room.run(start_s + 40.8 * BEAT_S)
    assert room.hanging() == set()
    after = [at_s for at_s in room.struck() if at_s > jump_s + 0.03]
    assert after[0] == pytest.approx(start_s + 23 * BEAT_S, abs=1e-3)


def test_a_clock_that_stays_away_is_played_through_and_then_silence():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 20)
    phrase(room, start_s)
    room.run(start_s + 22 * BEAT_S)
    assert "stays away" in room.session.notice
    room.run(start_s + 40 * BEAT_S)
    assert start_s + 22 * BEAT_S < max(room.struck()) < start_s + 25 * BEAT_S
    assert room.hanging() == set()


@settings(max_examples=15)
@given(tempi=st.lists(st.floats(60, 180), min_size=1, max_size=5))
def test_tempo_changes_in_mid_answer_leave_no_note_hanging_and_none_out(tempi):
    room = Room("follow", mode="answer", bars=8)
    at_s = start_s = room.clock(120, 10)
    phrase(room, start_s)
    at_s = start_s + 10 * BEAT_S
    for tempo_bpm in tempi:
        for tick in range(8 * 24):
            room.send(b"\xf8", at_s + tick * 60 / tempo_bpm / 24)
        at_s += 8 * 60 / tempo_bpm
    room.run(at_s - 0.05)
    beats = 10 + 8 * len(tempi)
    assert abs(len(room.struck()) - min(32, beats - 8)) <= 1
    room.send(b"\xfc")
    room.run(at_s + 0.5)
    assert room.hanging() == set()
    assert room.session.schedule.counts.dropped == 0


def test_two_ports_with_a_clock_are_told_apart():
    room = Room("follow")
    for tick in range(200):
        room.session.heard("one", b"\xf8" if tick else b"\xfa", 100 + tick / 48)
        room.session.heard("two", b"\xf8" if tick else b"\xfa", 100.007 + tick / 40)
    facts = room.facts()
    assert facts["tempo_bpm"] == pytest.approx(120, abs=0.1)
    assert facts["stats"]["foreign_ticks"] == 199


def test_as_the_clock_it_sends_start_and_even_ticks_and_takes_a_new_tempo():
    room = Room("internal", mode="listen")
    room.run(102.0)
    room.session.steer({"tempo_bpm": 60}, room.now_s)
    room.run(104.0)
    assert room.out[0][1] == b"\xfa"
    ticks = [at_s for at_s, data in room.out if data == b"\xf8"]
    gaps = [b - a for a, b in pairwise(ticks)]
    assert gaps[:90] == pytest.approx([0.5 / 24] * 90)
    assert gaps[-40:] == pytest.approx([1 / 24] * 40)


def test_a_flood_of_controllers_starts_no_flood_of_requests():
    room = Room("follow", mode="endless")
    start_s = room.clock(120, 40)
    phrase(room, start_s)
    for step in range(20_000):
        room.send(control(0, 102 + step % 3, step % 128), start_s + 8 + step / 10_000)
    room.run(start_s + 20 * BEAT_S)
    assert len(room.asked) < 12
    assert room.session.choice.adventure == pytest.approx((19_998 % 128) / 127)


def test_broken_bytes_are_counted_and_disturb_nothing():
    room = Room("follow")
    for data in (b"", b"\x90", b"\x90\x3c\xff", b"\x12\x34", b"\xff"):
        room.send(data)
    room.run(room.now_s + 0.1)
    assert room.facts()["stats"]["broken_messages"] == 4


def test_a_delay_moves_every_note():
    early, late = (Room("follow", bars=1, delay_s=delay_s) for delay_s in (-0.03, 0.03))
    for room in (early, late):
        start_s = room.clock(120, 40)
        phrase(room, start_s)
        room.run(start_s + 16 * BEAT_S)
    assert late.struck()[0] - early.struck()[0] == pytest.approx(0.06, abs=1e-4)
    assert len(early.struck()) == len(late.struck()) == 4


def test_requests_of_a_later_session_are_not_taken_for_repetitions():
    ids = []
    for seed in (1, 2):
        room = Room("follow", bars=1, seed=seed)
        start_s = room.clock(120, 40)
        phrase(room, start_s)
        room.run(start_s + 10 * BEAT_S)
        ids.append(room.asked[0]["id"])
    assert ids[0] != ids[1]


def test_drums_are_answered_on_the_channel_of_drums():
    room = Room("follow", bars=1)
    start_s = room.clock(120, 40)
    for beat in range(4):
        room.play(36, start_s + beat * BEAT_S, channel=9)
    room.run(start_s + 14 * BEAT_S)
    assert clip_from_data(room.asked[0]["clips"][0]).kind == "drums"
    assert room.struck(channel=9) == room.struck()
    assert len(room.struck()) == 4


def test_a_role_is_given_its_sound_once():
    room = Room("follow", bars=1, command="accompany", programs=True)
    start_s = room.clock(120, 60)
    phrase(room, start_s)
    phrase(room, start_s + 16 * BEAT_S)
    room.run(start_s + 32 * BEAT_S)
    assert [data for _, data in room.out if data[0] & 0xF0 == 0xC0] == [b"\xc1\x21"]


moments = st.lists(
    st.tuples(
        st.floats(0, 30),
        st.sampled_from(
            [b"\xfc", b"\xfa", b"\xfb", song_position(7), song_position(32), program(0, 0),
             program(0, 3), program(0, 4), control(0, 107, 127), control(0, 108, 127),
             note_on(0, 61, 80), note_on(9, 36, 80), control(0, 64, 127)]
        ),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=30)
@given(moments=moments)
def test_whatever_is_pressed_and_whenever_nothing_hangs_once_it_is_stopped(moments):
    room = Room("auto", mode="endless", answer=lambda bars: [*quarters(bars), Note(40, 0.5, 20.0)])
    start_s = room.clock(120, 60)
    phrase(room, start_s)
    for beats, data in moments:
        room.send(data, start_s + beats * BEAT_S)
    room.run(start_s + 31 * BEAT_S)
    room.send(control(0, 108, 127))
    room.run(room.now_s + 0.1)
    assert room.hanging() == set()
