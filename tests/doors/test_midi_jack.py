# SPDX-License-Identifier: Apache-2.0
"""Real MIDI through a real JACK server, between processes: the player here, the stage there.

Times are samples that the server has counted. A loaded machine makes the server skip cycles, so
these tests ask what was played and where most of it fell; `bench/midi.py` has the percentiles.
"""

import os
import signal
import statistics
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest
from daemon import Daemon
from jack_player import (
    PERIOD_S,
    RATE_HZ,
    Player,
    end_server,
    ignore,
    open_client,
    running_server,
    server_is_up,
    start_server,
    wait_for,
)
from midi_engines import LOWEST, NOTES_PER_BEAT, PITCHES

from bridge.doors.midi.messages import control, note_off, note_on
from bridge.doors.midi.ports import Wanted
from bridge.errors import NoMidi
from models.midi import read_midi


@pytest.fixture(scope="module")
def server():
    with running_server("-S") as name:
        yield name


class Band:
    """A daemon with MIDI on, and the player."""

    def __init__(self, home, *flags):
        engines = "midi_engines:Steady,midi_engines:Slow,midi_engines:Fatal"
        self.daemon = Daemon(
            home, "--midi", "--midi-api", "jack", "--engines", engines,
            "--midi-engine", "steady", *flags,
        )  # fmt: skip
        self.player = Player()

    def state(self, **steer):
        return self.daemon.ask("steer", **steer)[0]

    def until(self, condition, what):
        return wait_for(lambda: condition(self.state()), what)

    def close(self):
        self.player.close()
        if self.daemon.process.poll() is None:
            self.daemon.stop()


@pytest.fixture
def band(server, home):
    bands = []

    def start(*flags):
        bands.append(Band(home, *flags))
        return bands[-1]

    yield start
    for each in bands:
        each.close()


def play_phrase(player, start_s, tempo_bpm, beats=4):
    for beat in range(beats):
        player.play(60 + beat, start_s + beat * 60 / tempo_bpm, 30 / tempo_bpm)


def answer(player, start_s):
    """What was heard after a second, without what was on before."""
    return [(at_s, pitch) for at_s, pitch in player.notes() if at_s > start_s]


@pytest.mark.parametrize("tempo_bpm", [60.0, 120.5, 174.0])
def test_a_phrase_is_answered_in_time_and_nothing_is_lost(band, tempo_bpm):
    here = band("--midi-clock", "follow", "--midi-phrase", "bars", "--midi-phrase-bars", "1",
                "--midi-bars", "2", "--midi-metre", "2/4")  # fmt: skip
    start_s = here.player.clock(tempo_bpm, 24)
    play_phrase(here.player, start_s, tempo_bpm, beats=2)
    count = 4 * NOTES_PER_BEAT
    wait_for(lambda: len(here.player.notes()) >= count and not here.player.hanging(), "the answer")
    heard = here.player.notes()
    assert [pitch for _, pitch in heard] == [LOWEST + i % PITCHES for i in range(count)]
    beat_s = 60 / tempo_bpm
    first_beat = round((heard[0][0] - start_s) / beat_s)
    assert first_beat % 2 == 0  # on a bar line
    late_s = [
        at_s - (start_s + (first_beat + i / NOTES_PER_BEAT) * beat_s)
        for i, (at_s, _) in enumerate(heard)
    ]
    # A client that hears itself answered hears it one period late: that is JACK's loop.
    assert statistics.median(late_s) == pytest.approx(PERIOD_S, abs=2 / RATE_HZ)
    assert here.state()["repeated_bars"] == 0


def test_what_is_played_and_answered_can_be_fetched_on_another_door(band, tmp_path):
    folder = tmp_path / "played"
    here = band("--midi-clock", "follow", "--midi-captures-folder", str(folder))
    start_s = here.player.clock(120, 32)
    play_phrase(here.player, start_s, 120)
    wait_for(here.player.notes, "an answer")
    takes = here.daemon.ask("takes")[0]["takes"]
    assert {take["command"] for take in takes} == {"capture", "continue"}
    played = next(take for take in takes if take["command"] == "capture")
    path = f"{here.daemon.url}/v1/takes/{played['id']}.mid"
    with urllib.request.urlopen(path, timeout=10) as answer:
        file = tmp_path / "fetched.mid"
        file.write_bytes(answer.read())
    clip = read_midi(file).parts[0].clip
    assert [note.pitch for note in clip.notes] == [60, 61, 62, 63]
    assert [note.start_beats for note in clip.notes] == pytest.approx([0, 1, 2, 3], abs=0.02)
    assert len(list(folder.glob("*.mid"))) == 1


def test_a_folder_that_takes_no_file_is_told_and_the_music_goes_on(band, tmp_path):
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "x")
    here = band("--midi-tempo-bpm", "240", "--midi-captures-folder", folder)
    play_phrase(here.player, here.player.now() + 0.3, 240)
    wait_for(here.player.notes, "an answer")
    state = here.until(lambda state: state["notice"] and state, "the notice")
    assert "No file is written to" in state["notice"]
    assert state["playing"]
    assert here.state(action="stop")["event"] == "midi_state"
    assert {take["command"] for take in here.daemon.ask("takes")[0]["takes"]} >= {"capture"}


def test_endless_playing_is_steered_from_another_door_and_stops_without_a_hanging_note(band):
    here = band("--midi-clock", "follow", "--midi-mode", "endless")
    start_s = here.player.clock(174, 120)
    play_phrase(here.player, start_s, 174)
    wait_for(lambda: len(here.player.notes()) > 200, "200 notes")
    heard = here.player.notes()[:200]
    pitches = [pitch for _, pitch in heard]
    assert pitches == [LOWEST + i % PITCHES for i in range(200)]  # two bars are twice the row
    assert here.state(adventure=1.0)["adventure"] == 1.0
    here.state(action="stop")
    wait_for(lambda: not here.player.hanging(), "silence")
    count = len(here.player.notes())
    here.until(lambda state: state["bars_ahead"] == 0 and not state["job"], "the end")
    assert len(here.player.notes()) - count <= 2 * NOTES_PER_BEAT


def test_stop_in_mid_answer_leaves_nothing_hanging(band):
    here = band("--midi-clock", "follow", "--midi-mode", "endless")
    start_s = here.player.clock(120, 400)
    play_phrase(here.player, start_s, 120)
    wait_for(lambda: len(here.player.notes()) > 50, "music")
    here.player.hush()
    here.player.send(b"\xfc")
    wait_for(lambda: not here.state()["playing"] and not here.player.hanging(), "silence")


def test_a_worker_that_dies_is_covered_by_the_last_bar_and_the_music_goes_on(band):
    here = band("--midi-clock", "follow", "--midi-mode", "endless")
    start_s = here.player.clock(240, 400)
    play_phrase(here.player, start_s, 240)
    wait_for(lambda: len(here.player.notes()) > 50, "music")
    here.state(engine="fatal")
    state = here.until(lambda state: state["repeated_bars"] > 0 and state, "a repeated bar")
    assert state["notice"]
    count = len(here.player.notes())
    wait_for(lambda: len(here.player.notes()) > count + 2 * NOTES_PER_BEAT, "music all the same")
    here.state(engine="steady")
    here.until(lambda state: state["bars_ahead"] > 0, "new bars")
    pitches = [pitch for _, pitch in here.player.notes()]
    steps = [(later - sooner) % PITCHES for sooner, later in pairwise(pitches)]
    assert set(steps) <= {1, (1 - 4 * NOTES_PER_BEAT) % PITCHES}  # in a row, or the bar again
    here.state(action="stop")
    wait_for(lambda: not here.player.hanging(), "silence")


def test_as_the_clock_nextbar_sends_ticks_to_the_sample_and_takes_a_new_tempo(band):
    here = band("--midi-clock", "internal", "--midi-tempo-bpm", "125")  # 960 samples a tick
    ticks = lambda: [at_s for at_s, data in list(here.player.heard) if data == b"\xf8"]  # noqa: E731
    wait_for(lambda: len(ticks()) > 48, "two beats of ticks")
    gaps = [round((b - a) * RATE_HZ) for a, b in pairwise(ticks())]
    assert statistics.mode(gaps) == RATE_HZ * 60 // 125 // 24
    assert gaps.count(statistics.mode(gaps)) > 0.9 * len(gaps)
    here.state(tempo_bpm=250)
    count = len(ticks())
    wait_for(lambda: len(ticks()) > count + 96, "ticks of the new tempo")
    later = [round((b - a) * RATE_HZ) for a, b in pairwise(ticks()[-40:])]
    assert statistics.mode(later) == RATE_HZ * 60 // 250 // 24


def test_when_the_daemon_ends_a_long_note_ends_with_it(band):
    here = band("--midi-clock", "follow", "--midi-mode", "loop", "--midi-phrase", "bars",
                "--midi-phrase-bars", "1")  # fmt: skip
    start_s = here.player.clock(60, 400)
    here.player.play(60, start_s, 3.9)
    wait_for(here.player.notes, "the loop")
    here.daemon.stop()
    assert not here.player.hanging(offs_alone=True)
    assert b"\xb0\x7b\x00" in [data for _, data in here.player.heard]  # sounds of others too


def test_when_the_daemon_is_killed_every_note_ends(band):
    here = band("--midi-clock", "follow", "--midi-mode", "endless")
    start_s = here.player.clock(120, 400)
    play_phrase(here.player, start_s, 120)
    wait_for(lambda: len(here.player.notes()) > 50, "music")
    here.daemon.process.send_signal(signal.SIGKILL)
    here.daemon.process.communicate()
    wait_for(lambda: not here.player.hanging(offs_alone=True), "silence")


def test_when_the_stage_is_killed_another_one_takes_over_with_what_was_chosen(home):
    with running_server():
        here = Band(home, "--midi-clock", "follow")
        here.state(command="vary", mode="endless")
        os.kill(stage_of(here.daemon), signal.SIGKILL)
        here.until(lambda state: state["stats"] == {}, "the loss")
        here.until(lambda state: state["stats"], "a new stage")
        state = here.state()
        here.close()
    assert (state["command"], state["mode"]) == ("vary", "endless")


def test_when_the_server_dies_ports_are_opened_again_as_soon_as_it_is_back(home, monkeypatch):
    name = f"nextbar-dies-{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    servers = [start_server(name)]
    try:
        wait_for(server_is_up, "the server")
        with Daemon(home, "--midi", "--midi-api", "jack") as daemon:
            assert daemon.ask("steer")[0]["stats"]["api"] == "jack"
            end_server(servers.pop())
            wait_for(lambda: "JACK server" in daemon.ask("steer")[0]["notice"], "the loss")
            servers.append(start_server(name))
            wait_for(lambda: daemon.ask("steer")[0]["stats"], "the return")
    finally:
        for server in servers:
            end_server(server)


def test_a_keyboard_that_is_unplugged_and_plugged_in_again_is_heard(band):
    keys = open_client("keys")
    here = band("--midi-input", "keys", "--midi-mode", "listen", "--midi-silence-beats", "1")
    keys.send(note_on(0, 60, 90), keys.now() + 0.1)
    here.until(lambda state: state["recorded_notes"] == 1, "the first note")
    keys.close()  # in mid-note
    here.until(lambda state: state["stats"]["missing"] == ["keys"], "the loss")
    keys = open_client("keys")
    here.until(lambda state: state["stats"]["missing"] == [], "the return")
    keys.send(note_on(0, 62, 90), keys.now() + 0.1)
    keys.send(note_off(0, 62), keys.now() + 0.2)
    here.until(lambda state: state["recorded_notes"] == 2, "the second note")
    here.state(action="ask")
    takes = wait_for(lambda: here.daemon.ask("takes")[0]["takes"], "the capture")
    assert takes[0]["notes"] == 2
    keys.close()


def test_a_keyboard_that_is_not_there_yet_is_waited_for_while_the_rest_plays(band):
    here = band("--midi-input", "late keys", "--midi-mode", "listen")
    state = here.until(lambda state: state["notice"] and state, "the notice")
    assert "No port late keys yet" in state["notice"]
    here.player.play(60, here.player.now() + 0.1)
    here.until(lambda state: state["recorded_notes"] == 1, "a note of somebody else")
    keys = open_client("late keys")
    here.until(lambda state: state["stats"]["missing"] == [], "the keyboard")
    keys.send(note_on(0, 62, 90), keys.now() + 0.1)
    here.until(lambda state: state["recorded_notes"] == 2, "its note")
    keys.close()


def test_a_flood_of_controllers_leaves_the_answer_in_time(band):
    here = band("--midi-clock", "follow", "--midi-mode", "endless")
    start_s = here.player.clock(120, 60)
    play_phrase(here.player, start_s, 120)
    for step in range(20_000):  # two seconds of 10,000 a second
        here.player.send(control(0, 1 + step % 4, step // 4 % 128), start_s + 5 + step / 10_000)
    wait_for(lambda: here.player.now() > start_s + 8, "the end of the flood")
    state = here.state()
    assert state["repeated_bars"] == 0
    pitches = [pitch for _, pitch in here.player.notes()]
    assert pitches == [LOWEST + i % PITCHES for i in range(len(pitches))]
    assert len(pitches) > 100


def test_the_door_says_what_is_missing_and_waits_for_it(home, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-no-such-server")
    with Daemon(home, "--midi", "--midi-api", "jack") as daemon:
        state = daemon.ask("steer")[0]
        assert "JACK server does not run" in state["notice"]
        refused = daemon.ask("steer", action="ask")[0]
        assert refused["code"] == "no_midi"
        code, printed = daemon.stop()
    assert code == 0
    assert "midi: The JACK server does not run" in printed


def stage_of(daemon):
    """The process id of the stage."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            command = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if f"PPid:\t{daemon.process.pid}\n" in text and "bridge.doors.midi.stage" in command:
            return int(status.parent.name)
    raise AssertionError("the daemon has no stage")


def test_where_the_server_stumbles_note_offs_are_said_again_but_not_of_notes_that_sound(server):
    heard = []
    ear = open_client("ear", lambda _, data, at_s: heard.append(data))
    jack_ports = pytest.importorskip("bridge.doors.midi.jack_ports")
    ports = jack_ports.open_jack(Wanted("jack", "source", (), ("ear",)), "jack", ignore)
    for pitch in (60, 62):
        ports.send(note_on(0, pitch, 90), 0.0)
        ports.send(note_off(0, pitch), 0.0)
    ports.send(note_on(0, 62, 80), 0.0)
    wait_for(lambda: len(heard) == 5, "the notes")
    ports._stumbled(0.0)  # as the server calls it
    wait_for(lambda: len(heard) == 6, "a note-off once more")
    ports.send(b"\xfa", 0.0)
    wait_for(lambda: b"\xfa" in heard, "what comes after")
    assert heard[5:] == [note_off(0, 60), b"\xfa"]
    ports.close()
    ear.close()


def test_after_a_miss_messages_are_handed_over_sooner_for_some_minutes(server):
    ports = open_client("source")
    least_s = ports.lead_s
    ports._missed(RATE_HZ // 10)
    assert ports.lead_s == pytest.approx(least_s + 0.125)
    for minute in range(1, 6):
        ports._relax(minute * 60 * RATE_HZ)
    assert least_s < ports.lead_s < least_s + 0.001
    ports._missed(100 * RATE_HZ)
    assert ports.lead_s == 0.5
    ports.close()


def test_a_server_that_does_not_answer_is_told_and_left(server, monkeypatch):
    jack = pytest.importorskip("jack")
    left = []

    def close(self):
        left.append(self)

    def activate(self):
        raise jack.JackError("-1")

    monkeypatch.setattr(jack.Client, "close", close)
    monkeypatch.setattr(jack.Client, "activate", activate)
    with pytest.raises(NoMidi, match="does not answer"):
        open_client("late")
    assert left
    monkeypatch.undo()
    left[0].close()


def test_ports_of_rtmidi_carry_the_same_messages(server):
    rtmidi_ports = pytest.importorskip("bridge.doors.midi.rtmidi_ports")
    heard = []
    source = rtmidi_ports.open_rtmidi(Wanted("rtmidi-jack", "ours"), "rtmidi-jack", print)
    wanted = Wanted("rtmidi-jack", "theirs", ("ours",))
    ear = rtmidi_ports.open_rtmidi(
        wanted, "rtmidi-jack", lambda _, data, at_s: heard.append((at_s, data))
    )
    sent = [bytes((0x90, pitch, 100)) for pitch in range(50)] + [b"\xf8", b"\xfa", b"\xf2\x01\x02"]
    for data in sent:
        source.send(data, source.now())
    wait_for(lambda: len(heard) == len(sent), "every message")
    assert [data for _, data in heard] == sent
    source.close()
    wait_for(lambda: missing_now(ear) == ["ours"], "the loss of the port")
    source = rtmidi_ports.open_rtmidi(Wanted("rtmidi-jack", "ours"), "rtmidi-jack", print)
    wait_for(lambda: missing_now(ear) == [], "the return of the port")
    wait_for(lambda: source.send(sent[0], 0.0) or len(heard) > len(sent), "a message after that")
    source.close()
    ear.close()


def missing_now(ports):
    ports._next_look_s = 0.0
    assert ports.alive()
    return ports.facts()["missing"]
