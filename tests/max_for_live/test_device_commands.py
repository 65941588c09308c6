# SPDX-License-Identifier: Apache-2.0
"""Each command from the panel to the set: what Live has is what the daemon kept."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, found, in_live, melody, note

MELODY = {"slot": 0, "name": "Verse", "length": 8, "notes": melody(16)}
DRUMS = (
    [note(36, beat, 0.25, 110) for beat in range(8)]
    + [note(38, beat, 0.25, 100) for beat in (1, 3, 5, 7)]
    + [note(42, i / 2, 0.25, 60 + i) for i in range(16)]
)
DRUM_CLIP = {"slot": 0, "name": "Beat", "length": 8, "notes": DRUMS}
PADS = {36: "Kick", 38: "Snare", 42: "Hat", 46: "Open"}
SCALE = {"root": 0, "name": "Major", "intervals": [0, 2, 4, 5, 7, 9, 11]}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def live(tmp_path):
    tracks = [
        {"name": "Lead", "clips": [MELODY, {**MELODY, "slot": 3, "name": "Chorus", "length": 4}]},
        {"name": "Drums", "pads": PADS, "clips": [DRUM_CLIP]},
        {"name": "Bass"},
        {"name": "Tenor"},
        {"name": "Alto"},
    ]
    with FakeLive(tmp_path, tracks=tracks, scale=SCALE, tempo=97.5, signature=[4, 4]) as running:
        yield running


def ready(live, daemon, track=0, slot=0, **options):
    device = live.device(port=daemon.ports["osc_port"], track=track, **options).connected()
    live.select(track, slot)
    return device


@pytest.mark.parametrize("title", ["Continue", "Bass", "Chords", "Counter", "Drums", "Vary"])
def test_a_melody_gets_a_new_clip_beside_it(title, daemon, live):
    device = ready(live, daemon)
    before = live.clips[0]["slots"][0]
    device.go(title, bars=2, takes=2)
    device.clean()
    take = device.answer(daemon)
    written = live.clips[0]["slots"][1]
    assert found(written) == in_live(take["parts"][0])
    assert written["length"] == take["parts"][0]["length_beats"]
    assert live.clips[0]["slots"][0] == before
    assert written["name"] == f"Verse {title} 1"
    assert device.shows("take") == "take 1 of 2"


@pytest.mark.parametrize("title", ["Continue", "Vary", "Groove"])
def test_a_drum_clip_keeps_to_its_pads(title, daemon, live):
    device = ready(live, daemon, track=1)
    device.go(title, bars=2, takes=1)
    device.clean()
    take = device.answer(daemon)
    assert take["request"]["clips"][0]["kind"] == "drums"
    assert take["request"]["clips"][0]["pads"] == [[pitch, name] for pitch, name in PADS.items()]
    assert found(live.clips[1]["slots"][1]) == in_live(take["parts"][0])


def test_the_source_goes_out_as_it_is(daemon, tmp_path):
    """All that the protocol knows of a clip, from Live's own words."""
    odd = {
        "slot": 2,
        "name": "7 8",
        "length": 14,
        "set": {
            "loop_start": 3.5,
            "start_marker": -1,
            "signature_numerator": 7,
            "signature_denominator": 8,
            "end_marker": 15,
        },
        "notes": [
            note(0, -1, 0.5),
            note(127, 3.5, 1 / 3, 1.5, probability=0.25, velocity_deviation=-7),
            note(60, 13.9, 5, 127, mute=1, release_velocity=0),
        ],
    }
    tracks = [{"name": "Lead", "clips": [odd]}]
    with FakeLive(tmp_path, tracks=tracks, tempo=61.8, scale=SCALE) as live:
        device = ready(live, daemon, slot=2)
        device.go("Continue", bars=2, takes=1)
        device.clean()
        request = device.answer(daemon)["request"]
        clip = request["clips"][0]
        source = live.clips[0]["slots"][2]
    assert in_live(clip) == found(source)
    assert [row[8] for row in clip["notes"]["rows"]] == [n["note_id"] for n in source["notes"]]
    names = ("length_beats", "loop_start_beats", "loop_end_beats", "start_marker_beats")
    assert [clip[name] for name in names] == [15, 3.5, 14, -1]
    assert (clip["metre"], clip["tempo_bpm"], clip["name"]) == ([7, 8], 61.8, "7 8")
    assert clip["scale"] == {"root": 0, "intervals": SCALE["intervals"], "name": "Major"}


def test_without_scale_mode_no_scale_is_claimed(daemon, tmp_path):
    with FakeLive(tmp_path, tracks=[{"name": "Lead", "clips": [MELODY]}]) as live:
        device = ready(live, daemon)
        device.go("Continue", bars=1, takes=1)
        assert device.answer(daemon)["request"]["clips"][0]["scale"] is None


@pytest.mark.parametrize("span", ["selection", "loop", "bars"])
def test_infill_rewrites_the_span_and_nothing_else(span, daemon, live):
    device = ready(live, daemon)
    device.turn(command="Infill", span=span, from_bar=2, to_bar=2)
    if span == "selection":
        device.wait("Select the notes to rewrite", "reason set")
        device.wait("0", "go active")
        live.run(
            """const { notes } = set.song.tracks[0].clip_slots[0].clip;
            notes.selected = new Set(notes.all().slice(4, 7).map((note) => note.note_id));"""
        )
        device.turn(span=span)
    device.go("Infill", takes=1)
    device.clean()
    take = device.answer(daemon)
    args = take["request"]["args"]
    expected = {"selection": (2.0, 3.45), "loop": (0, 8), "bars": (4, 8)}[span]
    assert (args["from_beats"], args["to_beats"]) == pytest.approx(expected)
    assert found(live.clips[0]["slots"][1]) == in_live(take["parts"][0])


def test_the_second_clip_is_marked_first(daemon, live):
    device = ready(live, daemon, slot=3)
    device.turn(command="Interpolate", steps=4)
    device.wait("Select the clip to end on, press Mark", "reason set")
    device.press("mark")
    device.wait("^Chorus$", "marked set")
    device.wait("This is the marked clip", "reason set")
    live.select(0, 0)
    device.go("Interpolate", takes=1)
    device.clean()
    parts = device.answer(daemon)["parts"]
    slots = [slot for i, slot in enumerate(live.clips[0]["slots"]) if slot and i not in {0, 3}]
    assert [found(slot) for slot in slots] == [in_live(part) for part in parts]
    assert len(parts) == 4
    assert live.slots() == [
        "Verse", "Verse Interpolate 1", "Verse Interpolate 2", "Chorus", "Verse Interpolate 3",
        "Verse Interpolate 4", None, None,
    ]  # fmt: skip


def test_a_mark_is_lifted_by_a_second_press_and_a_deleted_clip_is_missed(daemon, live):
    device = ready(live, daemon, slot=3)
    device.turn(command="Interpolate")
    device.press("mark")
    device.wait("^Chorus$", "marked set")
    device.press("mark")
    device.wait("^no clip marked$", "marked set")
    device.press("mark")
    device.wait("^Chorus$", "marked set")
    live.select(0, 0)
    device.wait("1", "go active")
    live.run(
        "const slot = set.song.tracks[0].clip_slots[3]; set.drop(slot.clip); slot.clip = null;"
    )
    device.turn(steps=3)
    device.wait("The marked clip is gone: mark another one.", "reason set")
    device.clean()


def test_groove_plays_like_the_marked_clip(daemon, live):
    device = ready(live, daemon, slot=3)
    device.turn(command="Groove")
    device.wait("1", "mark active")
    device.press("mark")
    device.wait("^Chorus$", "marked set")
    live.select(0, 0)
    device.go("Groove", takes=1)
    device.clean()
    assert [clip["name"] for clip in device.answer(daemon)["request"]["clips"]] == [
        "Verse",
        "Chorus",
    ]


def test_voices_stand_in_one_clip_on_one_track(daemon, live):
    device = ready(live, daemon)
    device.go("Harmonise", takes=1)
    device.clean()
    parts = device.answer(daemon)["parts"]
    assert len(parts) == 4
    written = live.clips[0]["slots"][1]
    starts = {(n[0], n[1]) for part in parts for n in in_live(part)}
    assert {(n[0], n[1]) for n in found(written)} == starts


def test_voices_stand_side_by_side_where_there_are_tracks(daemon, live):
    device = ready(live, daemon)
    device.turn(track="drums")
    device.go("Harmonise", takes=1, where="named")
    device.clean()
    parts = device.answer(daemon)["parts"]
    rows = [track["slots"] for track in live.clips[1:]]
    assert [found(slots[1]) for slots in rows] == [in_live(part) for part in parts]
    assert [slots[1]["name"] for slots in rows] == [
        f"Verse Harmonise {part['name']}" for part in parts
    ]


def test_locked_lanes_do_not_change(daemon, live):
    device = ready(live, daemon, track=1)
    device.turn(command="Vary")
    device.wait("^Kick$", "lane_1 text")
    device.wait("^Snare$", "lane_2 text")
    device.turn(lane_1=1, amount=100)
    device.wait("^Locked: Kick$", "lanes set")
    device.go("Vary", takes=1)
    device.clean()
    take = device.answer(daemon)
    assert list(take["request"]["args"]["lock"]) == [36]
    kicks = [n for n in found(live.clips[1]["slots"][0]) if n[0] == 36]
    assert [n for n in found(live.clips[1]["slots"][1]) if n[0] == 36] == kicks


def test_every_control_reaches_the_request(daemon, live):
    device = ready(live, daemon)
    device.turn(adventure=30, density=150, similarity=80, style="folk", scale_lock=0)
    device.go("Continue", bars=3, takes=3, seed="77", loop=1)
    args = device.answer(daemon)["request"]["args"]
    wanted = {"adventure": 0.3, "density": 1.5, "similarity": 0.8, "style": "folk", "bars": 3}
    assert {name: args[name] for name in wanted} == wanted
    assert (args["scale_lock"], args["loop"]) == (False, True)
    assert device.answer(daemon)["request"]["seed"] == 77
    device.turn(syncopation=-50, register=25, loudness=-100, keep="rhythm", amount=70)
    device.turn(fill=1, style="")
    device.go("Vary", takes=1)
    args = device.answer(daemon)["request"]["args"]
    wanted = {"syncopation": -0.5, "register": 0.25, "loudness": -1.0, "keep": "rhythm"}
    assert {name: args[name] for name in wanted} == wanted
    assert (args["amount"], args["fill"]) == (0.7, True)
    device.clean()


def test_what_the_daemon_refuses_is_said_in_its_words(daemon, tmp_path):
    silent = [{**n, "mute": 1} for n in melody(4)]
    clip = {"slot": 0, "name": "Silent", "length": 4, "notes": silent}
    with FakeLive(tmp_path, tracks=[{"name": "Lead", "clips": [clip]}]) as live:
        device = ready(live, daemon)
        device.go("Continue", until="Nothing sounds")
        device.wait("0", "cancel active")
        device.clean()
        assert live.slots()[1:] == [None] * 7
