# SPDX-License-Identifier: Apache-2.0
"""Where results go: slots, tracks, the Arrangement; and what a device says when it can't."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, found, in_live, melody

VERSE = {"slot": 1, "name": "Verse", "length": 4, "notes": melody()}
FULL = [{"slot": i, "name": f"x{i}", "length": 4, "notes": melody(2)} for i in range(4)]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home"), engines=("live_engines:Mirror",)) as running:
        yield running


def opened(tmp_path, *tracks, **spec):
    return FakeLive(tmp_path, tracks=list(tracks), **{"scenes": 4, **spec})


def ready(live, daemon, select=(0, 1), **options):
    device = live.device(port=daemon.ports["osc_port"], **options).connected()
    live.select(*select)
    device.turn(takes=1, bars=2)
    return device


def test_the_row_below_the_source_is_next_and_full_ones_are_passed(daemon, tmp_path):
    clips = [VERSE, {**VERSE, "slot": 2, "name": "Taken"}]
    with opened(tmp_path, {"name": "Lead", "clips": clips}) as live:
        device = ready(live, daemon)
        device.go("Continue")
        device.clean()
        assert live.slots() == [None, "Verse", "Taken", "Verse Continue"]


def test_scenes_are_added_where_the_set_ends(daemon, tmp_path):
    with opened(tmp_path, {"name": "Lead", "clips": FULL}) as live:
        device = ready(live, daemon, (0, 3))
        device.go("Continue", until="Scenes added: 1")
        device.clean()
        assert live.slots() == ["x0", "x1", "x2", "x3", "x3 Continue"]


def test_the_device_writes_to_its_own_track_in_the_row_of_the_source(daemon, tmp_path):
    """Put the device on the bass track, click the melody, press Bass."""
    tracks = ({"name": "Lead", "clips": [VERSE]}, {"name": "Bass"})
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon, track=1)
        device.go("Bass")
        device.clean()
        assert live.slots(1) == [None, "Verse Bass", None, None]
        assert live.slots(0) == [None, "Verse", None, None]


def test_a_device_in_a_rack_finds_its_track(daemon, tmp_path):
    with opened(tmp_path, {"name": "Lead", "clips": [VERSE]}) as live:
        device = ready(live, daemon, inRack=True)
        device.go("Continue")
        device.clean()
        assert live.slots()[2] == "Verse Continue"


def test_a_drum_rack_in_a_rack_is_found(daemon, tmp_path):
    track = {"name": "Drums", "clips": [VERSE], "pads": {60: "Kick"}, "nested": True}
    with opened(tmp_path, track) as live:
        device = ready(live, daemon)
        device.go("Vary", lane_1=1)
        assert device.answer(daemon)["request"]["clips"][0]["pads"] == [[60, "Kick"]]


def test_the_track_that_was_clicked_last_is_the_selected_one(daemon, tmp_path):
    tracks = ({"name": "Lead", "clips": [VERSE]}, {"name": "Keys"}, {"name": "Pad"})
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon)
        device.turn(command="Chords", where="selected")
        device.wait("^Click another MIDI track first", "reason set")
        for track in (1, 2, 0):
            live.run(
                f"""set.song.view.selected_track = set.song.tracks[{track}];
                set.changed(set.song.view, "selected_track");"""
            )
            live.do("skip", ms=200)
        device.go("Chords")
        device.clean()
        assert live.slots(2) == [None, "Verse Chords", None, None]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "Type the name of a MIDI track"),
        ("Nobody", 'No track is called "Nobody"'),
        ("Voice", '"Voice" is no MIDI track'),
        ("Group", '"Group" is no MIDI track'),
    ],
)
def test_a_track_that_can_not_be_had_is_named(name, reason, daemon, tmp_path):
    tracks = (
        {"name": "Lead", "clips": [VERSE]},
        {"name": "Voice", "kind": "audio"},
        {"name": "Group", "group": True},
    )
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon)
        device.turn(where="named", track=name)
        device.wait(reason, "reason set")
        device.wait("0", "go active")
        device.press("go")
        device.clean()
        assert "progress" not in device.state["panel"]


def test_where_it_goes_is_decided_when_the_button_is_pressed(daemon, tmp_path):
    tracks = ({"name": "Lead", "clips": [VERSE]}, {"name": "Keys"})
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon)
        device.turn(where="named", track="keys", command="Continue")
        device.wait("1", "go active")
        device.press("go")
        device.turn(where="next", track="")
        device.wait("Written to slot 2 of Keys")
        device.clean()
        assert live.slots(1)[1] == "Verse Continue"


def test_a_track_that_is_gone_when_the_answer_comes_is_said_and_the_take_waits(daemon, tmp_path):
    tracks = ({"name": "Lead", "clips": [VERSE]}, {"name": "Keys"})
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon)
        device.turn(where="named", track="keys", command="Continue", takes=2)
        device.wait("1", "go active")
        live.do(
            "sendThen", name="a", message=["press", "go"], code="set.song.tracks[1].name = 'B';"
        )
        device.wait('No track is called "keys"')
        device.wait("^2 waiting$", "take set")
        live.run("set.song.tracks[1].name = 'Keys';")
        device.press("next_take")
        device.wait("Written to slot 2 of Keys")
        device.clean()


@pytest.mark.parametrize("version", [[12, 1, 10], [12, 2, 0], [12, 4, 5]])
def test_the_arrangement_gets_it_after_the_clip_and_over_nothing(version, daemon, tmp_path):
    arrangement = [
        {"start": 8, "name": "Verse", "length": 4, "notes": melody()},
        {"start": 16, "name": "Later", "length": 4, "notes": melody(2)},
    ]
    track = {"name": "Lead", "arrangement": arrangement}
    with opened(tmp_path, track, version=version) as live:
        device = live.device(port=daemon.ports["osc_port"]).connected()
        live.run(
            """set.song.view.detail_clip = set.song.tracks[0].arrangement_clips[0];
            set.changed(set.song.view, "detail_clip");"""
        )
        device.turn(takes=1, where="arrangement")
        device.go("Continue", bars=1)
        device.wait("Written to the Arrangement of Lead")
        device.press("go")
        live.wait_for("set.song.tracks[0].arrangement_clips.length === 4")
        device.clean()
        starts = [(clip["start"], clip["length"]) for clip in live.clips[0]["arrangement"]]
        assert starts == [(8, 4), (16, 4), (12, 4), (20, 4)]
        newest = live.clips[0]["arrangement"][3]
        assert found(newest) == in_live(device.answer(daemon)["parts"][0])


def test_a_clip_in_a_slot_goes_to_the_arrangement_at_the_next_bar(daemon, tmp_path):
    track = {"name": "Lead", "clips": [VERSE]}
    with opened(tmp_path, track, signature=[3, 4], current_song_time=7.2) as live:
        device = ready(live, daemon)
        device.go("Continue", where="arrangement")
        device.clean()
        assert [clip["start"] for clip in live.clips[0]["arrangement"]] == [9]


def test_a_device_on_an_audio_track_says_where_it_belongs(daemon, tmp_path):
    tracks = ({"name": "Voice", "kind": "audio"}, {"name": "Lead", "clips": [VERSE]})
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon, (1, 1), track=0)
        device.wait("^Put this device on a MIDI track.$", "reason set")
        device.clean()


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (None, "^Select a MIDI clip.$"),
        ({"file_path": "/a.wav", "notes": []}, "^This is an audio clip: select a MIDI clip.$"),
        ({"notes": []}, "^The clip is empty: draw some notes.$"),
    ],
)
def test_every_selection_that_can_not_work_has_its_reason(clip, reason, daemon, tmp_path):
    clips = [{**VERSE, **clip}] if clip else []
    with opened(tmp_path, {"name": "Lead", "clips": clips}) as live:
        device = live.device(port=daemon.ports["osc_port"]).connected()
        live.select(0, 1)
        device.wait(reason, "reason set")
        device.wait("0", "go active")
        device.clean()


def test_notes_that_are_drawn_meanwhile_are_noticed(daemon, tmp_path):
    with opened(tmp_path, {"name": "Lead", "clips": [{**VERSE, "notes": []}]}) as live:
        device = ready(live, daemon)
        device.wait("The clip is empty", "reason set")
        live.run(
            """const { clip } = set.song.tracks[0].clip_slots[1];
            clip.notes.add([{ pitch: 60, start_time: 0, duration: 1 }]);
            set.changed(clip, "notes");"""
        )
        device.wait("1", "go active")
        device.wait("Verse: 1 bars 4/4, 1 notes", "source set")
        device.clean()


def test_a_number_for_a_seed_is_wanted(daemon, tmp_path):
    with opened(tmp_path, {"name": "Lead", "clips": [VERSE]}) as live:
        device = ready(live, daemon)
        for wrong in ("abc", "-1", "1.5", "9999999999"):
            device.turn(seed=wrong)
            device.wait("^Seed: a whole number", "reason set")
            device.turn(seed="12")
            device.wait("1", "go active")
        device.clean()


def test_lanes_turn_their_pages_and_stay_locked(daemon, tmp_path):
    notes = [{"pitch": 36 + i, "start_time": i, "duration": 0.5} for i in range(11)]
    with opened(tmp_path, {"name": "Lead", "clips": [{**VERSE, "notes": notes}]}) as live:
        device = ready(live, daemon)
        device.turn(command="Vary")
        device.wait("^C1$", "lane_1 text")
        device.wait("1", "lane_page active")
        device.turn(lane_2=1)
        device.press("lane_page")
        device.wait("^G#1$", "lane_1 text")
        device.wait("^–$", "lane_4 text")
        device.wait("0", "lane_4 active")
        device.wait("^0$", "lane_2 set")
        device.turn(lane_1=1)
        device.wait("^Locked: C#1, G#1$", "lanes set")
        device.press("lane_page")
        device.wait("^1$", "lane_2 set")
        device.turn(command="Continue")
        device.wait("0", "lane_2 active")
        device.clean()


def test_a_frozen_track_is_left_alone(daemon, tmp_path):
    tracks = ({"name": "Lead", "clips": [VERSE], "frozen": True}, {"name": "Keys"})
    with opened(tmp_path, *tracks) as live:
        device = ready(live, daemon)
        device.wait("^The track Lead is frozen: unfreeze it first.$", "reason set")
        device.turn(where="named", track="keys", command="Bass")
        device.go("Bass")
        device.clean()


def test_a_device_on_a_return_track_says_where_it_belongs(daemon, tmp_path):
    with opened(tmp_path, {"name": "Lead", "clips": [VERSE]}, {"name": "Return"}) as live:
        device = ready(live, daemon, track=1)
        live.run("set.song.tracks.pop();")
        live.select(0, 1)
        device.wait("^Put this device on a MIDI track.$", "reason set")
        device.clean()


def test_what_the_engine_left_aside_is_said(daemon, tmp_path):
    """A second device would not know why the notes are not as the dial says."""
    with opened(tmp_path, {"name": "Lead", "clips": [VERSE]}) as live:
        device = ready(live, daemon)
        live.inside(
            "a",
            """const whole = JSON.parse;
            JSON.parse = (text) => {
              const data = whole(text);
              if (data.event === "done") data.degraded = ["mirror used a smaller model"];
              return data;
            };""",
        )
        device.go("Continue")
        device.wait("^mirror used a smaller model.$", "reason set")
        device.clean()


def test_a_clip_that_live_does_not_make_is_missed(daemon, tmp_path):
    """Live says no in Max's console only, and gives nothing."""
    with opened(tmp_path, {"name": "Lead", "clips": [VERSE]}) as live:
        device = ready(live, daemon)
        live.run("set.fillSlot = () => {};")
        device.go("Continue", until="Live made no clip here. The take is kept: choose another")
        device.wait("^1 waiting$", "take set")
        device.wait("1", "next_take active")
        live.run("delete set.fillSlot;")
        device.press("next_take")
        device.wait("^Written to slot 3 of Lead")
        device.clean()
