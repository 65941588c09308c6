# SPDX-License-Identifier: Apache-2.0
"""The selftest runs against the fake Live, and the daemon files what it found."""

import json
from pathlib import Path

import pytest
from daemon import Daemon
from fake_live import ROOT, FakeLive, melody

SET = {
    "tracks": [
        {"name": "Lead", "clips": [{"slot": 0, "name": "a", "length": 4, "notes": melody()}]}
    ]
}
# The fake has what is documented; these are not, so that only Live can settle them.
UNDOCUMENTED = ("begin_undo_step", "end_undo_step")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home")) as running:
        yield running


def ready(live, daemon):
    live.run("set.audioBeats = (path) => require('node:fs').existsSync(path) ? 4 : 0;")
    return live.device("nextbar_selftest", port=daemon.ports["osc_port"]).connected()


def test_every_step_is_run_and_reported_and_the_set_is_as_it_was(daemon, tmp_path):
    with FakeLive(tmp_path, **SET) as live:
        device = ready(live, daemon)
        before = live.clips
        device.wait("1", "go active")
        device.press("go")
        device.wait("^Report: ")
        device.clean()
        report = json.loads(Path(device.shows("activity").removeprefix("Report: ")).read_text())
        assert [step["name"] for step in report["steps"] if not step["ok"]] == []
        assert len(report["steps"]) > 30
        facts = {step["name"]: step.get("facts", {}) for step in report["steps"]}
        assert facts["versions"]["live"] == "12.3.0"
        assert all("Song has no method" in facts["undo steps"][name] for name in UNDOCUMENTED)
        assert facts["200 KB by OSC"]["characters"] > 100_000
        assert live.clips == before
        assert device.shows("counts").endswith(" good, 0 bad")
        assert device.shows("progress") == "1"


def test_a_step_that_fails_is_named_and_the_rest_goes_on(daemon, tmp_path):
    with FakeLive(tmp_path, version=[12, 0, 5], **SET) as live:
        device = ready(live, daemon)
        device.press("go")
        device.wait("^Report: ")
        device.clean()
        report = json.loads(Path(device.shows("activity").removeprefix("Report: ")).read_text())
        bad = [step for step in report["steps"] if not step["ok"]]
        assert [step["name"] for step in bad] == ["Arrangement"]
        assert "create_midi_clip" in bad[0]["error"]
        assert "BAD Arrangement" in device.shows("steps")
        assert len(live.clips) == 1


def test_it_can_be_stopped_and_tidies_up(daemon, tmp_path):
    with FakeLive(tmp_path, **SET) as live:
        device = ready(live, daemon)
        device.press("go")
        live.wait_for("set.song.tracks.length === 3")
        device.press("cancel")
        device.wait("^Stopped. The scratch tracks are removed.$")
        device.wait("1", "go active")
        device.clean()
        assert len(live.clips) == 1


def test_without_a_daemon_it_says_that_it_needs_one(tmp_path):
    with FakeLive(tmp_path, **SET) as live:
        device = live.device("nextbar_selftest", port=1)
        device.wait("start it first", "reason set")
        device.press("go")
        assert len(live.clips) == 1
        device.clean()


def test_every_step_has_its_place_in_the_list_of_open_questions(daemon, tmp_path):
    with FakeLive(tmp_path, **SET) as live:
        device = ready(live, daemon)
        device.press("go")
        device.wait("^Report: ")
        report = json.loads(Path(device.shows("activity").removeprefix("Report: ")).read_text())
    page = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    told = {step["name"] for step in report["steps"] if f"*{step['name']}*" in page}
    assert {step["name"] for step in report["steps"]} - told == {"tidy up"}
