# SPDX-License-Identifier: Apache-2.0
"""The audio device: from words and clips to files, and from files to clips on its track."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, melody

VERSE = {"slot": 0, "name": "Verse", "length": 8, "notes": melody(16)}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home")) as running:
        yield running


def opened(tmp_path, **spec):
    tracks = [{"name": "Lead", "clips": [VERSE]}, {"name": "Audio", "kind": "audio"}]
    return FakeLive(tmp_path, tracks=tracks, tempo=120, **spec)


def ready(live, daemon, **options):
    options = {"track": 1, "port": daemon.ports["osc_port"], **options}
    device = live.device("nextbar_audio", **options).connected()
    live.run("set.audioBeats = (path) => require('node:fs').existsSync(path) ? 8 : 0;")
    return device


def test_words_become_a_clip_on_the_track(daemon, tmp_path):
    with opened(tmp_path) as live:
        device = ready(live, daemon)
        device.wait("^Type what it shall sound like.$", "reason set")
        device.turn(prompt="slow warm organ", bars=2, takes=2)
        device.wait("1", "go active")
        device.press("go")
        device.wait("^Written to slot 1 of Audio")
        device.clean()
        take = device.answer(daemon)
        clip = live.clips[1]["slots"][0]
        assert clip["file_path"] == take["parts"][0]["path"]
        args = take["request"]["args"]
        assert (args["prompt"], args["bars"], args["tempo_bpm"]) == ("slow warm organ", 2, 120)
        assert live.slots(0) == ["Verse"] + [None] * 7
        device.press("next_take")
        device.wait("^take 2 of 2$", "take set")
        assert (
            live.clips[1]["slots"][1]["file_path"] == device.answer(daemon, 1)["parts"][0]["path"]
        )
        device.press("previous_take")
        device.wait("Stands on Audio already")
        assert live.slots(1)[2:] == [None] * 6
        device.clean()


def test_the_preview_plays_the_shown_take(daemon, tmp_path):
    with opened(tmp_path) as live:
        device = ready(live, daemon)
        device.turn(prompt="bells", bars=1, takes=1, preview_level=-12)
        device.wait("1", "go active")
        device.wait("0", "preview active")
        device.press("go")
        device.wait("^Written to")
        device.wait("1", "preview active")
        device.turn(preview=1)
        path = device.answer(daemon)["parts"][0]["path"]
        live.wait_for("device.player.length >= 3", name="a")
        device.turn(preview=0)
        live.wait_for("device.player.some((atoms) => atoms[0] === 'play' && !atoms[1])", name="a")
        assert ["level", -12] in device.state["player"]
        assert [a for a in device.state["player"] if a[0] != "level"] == [
            ["open", path],
            ["play", 1],
            ["play", 0],
        ]
        device.clean()


def test_what_nextbar_plays_itself_is_not_played_twice(daemon, tmp_path):
    """With Preview lit, the daemon's audio output, if it has one, plays while the take is made."""
    with opened(tmp_path) as live:
        device = ready(live, daemon)
        live.inside(
            "a",
            """const whole = JSON.parse;
            JSON.parse = (text) => {
              const data = whole(text);
              const playing = { event: "playing", state: "started", wait_s: 0 };
              return data.event === "progress" ? { ...data, ...playing } : data;
            };""",
        )
        device.turn(prompt="bells", bars=1, takes=1, preview=1)
        device.wait("1", "go active")
        device.press("go")
        device.wait("^Written to")
        device.wait("1", "preview active")
        assert device.answer(daemon)["request"]["args"]["play"] is True
        assert ["play", 1] not in device.state["player"]
        device.turn(preview=0)
        device.turn(preview=1)
        live.wait_for("device.player.some((atoms) => atoms[0] === 'play' && atoms[1])", name="a")
        device.turn(preview=0)
        live.run("device.inside('JSON.parse = whole');", name="a")
        device.press("go")
        live.wait_for("set.song.tracks[1].clip_slots[1].clip !== null")
        device.wait("^Written to")
        assert device.answer(daemon)["request"]["args"]["play"] is False
        device.clean()


def test_notes_are_followed_and_audio_is_continued(daemon, tmp_path):
    with opened(tmp_path) as live:
        device = ready(live, daemon)
        live.select(0, 0)
        device.turn(mode="continue", prompt="", bars=2, takes=1)
        device.wait("Continue needs an audio clip", "reason set")
        device.turn(mode="follow")
        device.wait("1", "go active")
        device.press("go")
        device.wait("^Written to")
        take = device.answer(daemon)
        assert take["request"]["clips"][0]["name"] == "Verse"
        live.select(1, 0)
        device.turn(mode="continue")
        device.wait("audio$", "source set")
        device.wait("1", "go active")
        device.press("go")
        live.wait_for("set.song.tracks[1].clip_slots[1].clip !== null")
        device.wait("^Written to")
        args = device.answer(daemon)["request"]["args"]
        assert args["continue_file"] == take["parts"][0]["path"]
        device.clean()


def test_the_arrangement_takes_audio_too(daemon, tmp_path):
    with opened(tmp_path, current_song_time=5) as live:
        device = ready(live, daemon)
        device.turn(prompt="bells", bars=2, takes=1, where="arrangement")
        device.wait("1", "go active")
        device.press("go")
        device.wait("^Written to the Arrangement of Audio")
        device.clean()
        assert [clip["start"] for clip in live.clips[1]["arrangement"]] == [8]


def test_a_tempo_that_live_guessed_wrong_is_said(daemon, tmp_path):
    with opened(tmp_path) as live:
        device = ready(live, daemon)
        live.run("set.audioBeats = () => 4;")
        device.turn(prompt="bells", bars=2, takes=1)
        device.wait("1", "go active")
        device.press("go")
        device.wait("Live warps it to another tempo: set its Seg. BPM to 120", "reason set")
        device.clean()


def test_on_a_midi_track_it_says_where_it_belongs(daemon, tmp_path):
    with opened(tmp_path) as live:
        device = ready(live, daemon, track=0)
        device.turn(prompt="bells")
        device.wait("^Put this device on an audio track.$", "reason set")
        device.wait("0", "go active")
        device.clean()
