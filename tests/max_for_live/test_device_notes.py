# SPDX-License-Identifier: Apache-2.0
"""Whatever the engine made arrives in Live in every field, on a good network and on a bad one."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, found, in_live, melody

BAD = {"loss": 0.2, "double": 0.15, "reorder": 0.2}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home"), engines=("live_engines:Mirror",)) as running:
        yield running


def set_with(count):
    length = max(4, -(-count // 2))
    clip = {"slot": 0, "name": "Source", "length": length, "notes": melody(count)}
    return {"tracks": [{"name": "Lead", "clips": [clip]}]}


@pytest.mark.parametrize("faults", [{}, BAD], ids=["good network", "bad network"])
@pytest.mark.parametrize("count", [1, 500, 5000])
def test_every_field_of_every_note_arrives(daemon, tmp_path, count, faults):
    with FakeLive(tmp_path, **set_with(count)) as live:
        device = live.device(port=daemon.ports["osc_port"], faults=faults, seed=count).connected()
        before = live.clips
        live.select(0, 0)
        device.go("Continue", bars=64, takes=1)
        device.clean()
        after = live.clips
        written = after[0]["slots"][1]
        assert found(written) == in_live(device.answer(daemon)["parts"][0])
        assert len(written["notes"]) == count
        assert written["length"] == 256
        assert after[0]["slots"][0] == before[0]["slots"][0]
        assert device.state["lost"] > 0 or not faults


def test_a_clip_takes_few_calls_and_touches_nothing_else(daemon, tmp_path):
    with FakeLive(tmp_path, **set_with(500)) as live:
        device = live.device(port=daemon.ports["osc_port"]).connected()
        live.select(0, 0)
        device.go("Continue", bars=16, takes=4)
        new = live.clips[0]["slots"][1]["id"]
        calls = [(what, name) for what, target, name, *_ in live.history]
        assert calls == [("call", "create_clip"), ("set", "name"), ("call", "add_new_notes")]
        assert {target for what, target, *_ in live.history[1:]} == {new}


def test_what_live_makes_of_overlaps_is_said(daemon, tmp_path):
    """A note that Live has to cut is named, and the rest stays as the engine made it."""
    with FakeLive(tmp_path, **set_with(8)) as live:
        device = live.device(port=daemon.ports["osc_port"]).connected()
        live.select(0, 0)
        live.run(
            """const trim = set.song.tracks[0].clip_slots[0].clip.notes.constructor.prototype;
            const whole = trim.trim;
            trim.trim = function (pitches) {
              whole.call(this, pitches);
              const [first] = this.all();
              if (this.byId.size === 8) first.duration /= 2;
            };"""
        )
        device.go("Continue", bars=4, takes=1, until=None)
        device.wait("Live trims overlaps on one key: 1 of 8 notes were changed", "reason set")
        device.clean()


def test_two_devices_in_one_set_do_not_hear_each_other(daemon, tmp_path):
    spec = set_with(40)
    spec["tracks"].append({"name": "Other", "clips": spec["tracks"][0]["clips"]})
    with FakeLive(tmp_path, **spec) as live:
        port = daemon.ports["osc_port"]
        devices = [
            live.device(name=name, track=track, port=port, seed=7).connected()
            for track, name in enumerate("ab")
        ]
        assert len({device.state["replyPort"] for device in devices}) == 2
        live.select(0, 0)
        for device, bars in zip(devices, (8, 12), strict=True):
            device.turn(command="Continue", bars=bars, takes=2)
            device.wait("1", "go active")
        for device in devices:
            device.press("go")
        for device in devices:
            device.wait("Written")
            device.clean()
        lead, other = (track["slots"] for track in live.clips)
        # The second track's own clip lies in the row of the source, so the next one is taken.
        assert (lead[1]["length"], other[1]["length"]) == (32, 48)
