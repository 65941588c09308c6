# SPDX-License-Identifier: Apache-2.0
"""Each command with 1, 500 and 5,000 notes: every note arrives, and no source is touched."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, found, in_live, melody

COUNTS = (1, 500, 5000)
TITLES = (
    "Continue",
    "Bass",
    "Chords",
    "Counter",
    "Drums",
    "Harmonise",
    "Infill",
    "Vary",
    "Groove",
    "Interpolate",
)
ENGINES = ("live_engines:Mirror", "live_engines:Sampler")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home"), engines=ENGINES) as running:
        yield running


@pytest.fixture
def live(tmp_path):
    clips = [
        {"slot": slot, "name": f"N{n}", "length": max(4, n // 2), "notes": melody(n)}
        for slot, n in enumerate((*COUNTS, 20))
    ]
    tracks = [{"name": "From", "clips": clips}, {"name": "To"}]
    with FakeLive(tmp_path, tracks=tracks, scenes=16) as running:
        yield running


@pytest.mark.parametrize("title", TITLES)
def test_a_command_works_at_every_size(title, daemon, live):
    device = live.device(port=daemon.ports["osc_port"], track=1).connected()
    before = live.clips[0]
    if title == "Interpolate":
        live.select(0, 3)
        device.turn(command=title, steps=3)
        device.wait("1", "mark active")
        device.press("mark")
        device.wait("^N20$", "marked set")
    for slot, count in enumerate(COUNTS):
        live.select(0, slot)
        device.wait(f"^N{count}:", "source set")
        device.go(title, until=None, bars=64, takes=1, span="loop")
        live.wait_for(
            f"""set.song.tracks[1].clip_slots.some(
                  (slot) => slot.clip && slot.clip.name.startsWith("N{count} "))"""
        )
        device.wait("^Written")
        parts = device.answer(daemon)["parts"]
        written = [c for c in live.clips[1]["slots"] if c and c["name"].startswith(f"N{count} ")]
        if title == "Harmonise":
            assert len(parts) == 4
            merged = sorted(note for part in parts for note in in_live(part))
            assert [found(clip) for clip in written] == [merged]
        else:
            assert [found(clip) for clip in written] == [in_live(part) for part in parts]
        assert len(written[0]["notes"]) == count * (4 if title == "Harmonise" else 1)
    device.clean()
    assert live.clips[0] == before


@pytest.mark.parametrize("title", ["Infill", "Vary", "Groove"])
def test_a_clip_is_changed_in_place_at_every_size(title, daemon, live):
    device = live.device(port=daemon.ports["osc_port"], track=0).connected()
    for slot, count in enumerate(COUNTS):
        live.select(0, slot)
        device.wait(f"^N{count}:", "source set")
        ids = {note["note_id"] for note in live.clips[0]["slots"][slot]["notes"]}
        live.run("set.history.length = 0;")
        device.go(title, until=None, takes=1, where="in_place", span="loop")
        live.wait_for("set.history.length > 0")
        device.wait("^Changed the clip")
        after = live.clips[0]["slots"][slot]
        assert found(after) == in_live(device.answer(daemon)["parts"][0])
        same = {note["note_id"] for note in after["notes"]} == ids
        assert same == (title != "Infill")
        assert len(live.history) <= 10 + count // 400
    device.clean()
    assert live.slots(1) == [None] * 16
