# SPDX-License-Identifier: Apache-2.0
"""A Live with devices in it: the harness in Node, held from Python.

The scripts that run are those taken back out of the built devices.
"""

import functools
import itertools
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEVICES = ROOT / "max_for_live" / "devices"
PANELS = ROOT / "max_for_live" / "panels"
DRIVER = Path(__file__).parent / "max_for_live" / "harness" / "driver.js"
WAIT_S = 30.0
# No two devices draw the same random numbers, nor those of a run beside this one: their ports.
SEEDS = itertools.count(1000 * os.getpid())


def node():
    """The Node that runs the harness; a machine without it fails the tests."""
    found = shutil.which("node")
    if not found:
        pytest.fail("The devices are tested in Node: install Node.js 18 or later.", pytrace=False)
    return found


@functools.cache
def panel(kind):
    return json.loads((PANELS / f"{kind}.json").read_text(encoding="utf-8"))


def frozen_script(amxd):
    """The text of the one script that a frozen device holds, read by the format's description."""
    data = Path(amxd).read_bytes()
    at, chunks = 0, {}
    while at < len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        chunks[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size
    frozen = chunks[b"ptch"]
    footer = struct.unpack(">Q", frozen[8:16])[0]
    entries = frozen[footer + 8 :]
    at = 0
    while at < len(entries):
        size = struct.unpack(">I", entries[at + 4 : at + 8])[0]
        fields = _fields(entries[at + 8 : at + size])
        if fields[b"type"] == b"TEXT":
            start = struct.unpack(">I", fields[b"of32"])[0]
            length = struct.unpack(">I", fields[b"sz32"])[0]
            return frozen[start : start + length].rstrip(b"\0").decode()
        at += size
    raise AssertionError(f"{amxd} holds no script")


def _fields(data):
    at, found = 0, {}
    while at < len(data):
        size = struct.unpack(">I", data[at + 4 : at + 8])[0]
        found[data[at : at + 4]] = data[at + 8 : at + size]
        at += size
    return found


class LiveError(AssertionError):
    """Something in the harness went wrong, or did not happen in time."""


class FakeLive:
    """One Live set and its devices.

    Args:
        folder: for the scripts.
        spec: the set, as `live_set.js` reads it.
    """

    def __init__(self, folder, **spec):
        self.folder = Path(folder)
        self._process = subprocess.Popen(
            [node(), str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.do("open", set=spec)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(timeout=WAIT_S)
        self._process.stdout.close()

    def do(self, verb, **rest):
        self._process.stdin.write(json.dumps({"do": verb, **rest}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise LiveError(answer["error"])
        return answer["ok"]

    def device(self, kind="nextbar", *, name="a", port=None, start=True, **options):
        """Put a device on a track. `port`: where its daemon listens, instead of 9311."""
        script = self.folder / f"{kind}.js"
        script.write_text(frozen_script(DEVICES / f"{kind}.amxd"), encoding="utf-8")
        if port is not None:
            options["ports"] = {"9311": port}
        options = {"seed": next(SEEDS), **options}
        self.do("load", name=name, script=str(script), panel=panel(kind), **options)
        device = FakeDevice(self, name, kind)
        if start:
            device.start()
        return device

    @property
    def clips(self):
        return self.do("clips")

    def slots(self, track=0):
        """The names of what is in the slots of a track."""
        return [slot and slot["name"] for slot in self.clips[track]["slots"]]

    def select(self, track, slot):
        """Click on the clip in a slot."""
        self.run(
            f"""const clip = set.song.tracks[{track}].clip_slots[{slot}].clip;
            set.song.view.detail_clip = clip;
            set.song.view.selected_track = set.song.tracks[{track}];
            set.changed(set.song.view, "selected_track");
            set.changed(set.song.view, "detail_clip");"""
        )

    def run(self, code, name=None):
        return self.do("run", code=code, name=name)

    def inside(self, name, code):
        """Run code in the world of a device's script."""
        return self.run(f"device.inside({json.dumps(code)});", name=name)

    def wait_for(self, expression, name=None, timeout_s=WAIT_S):
        return self.do("waitFor", expression=expression, name=name, timeout_s=timeout_s)

    @property
    def history(self):
        return self.do("history")


class FakeDevice:
    """One device: its controls, its buttons, and what it shows."""

    def __init__(self, live, name, kind):
        self.live = live
        self.name = name
        self.kind = kind

    def message(self, *message):
        self.live.do("send", name=self.name, message=list(message))

    def start(self):
        """What the patcher sends when Live is ready: `start`, then every stored value."""
        self.message("start")
        for control in panel(self.kind)["controls"]:
            if control["stored"]:
                self.default(control)

    def default(self, control):
        value = control.get("default", 0)
        if control["kind"] == "text field":
            self.message("control", control["name"], "text", *([value] if value else []))
        else:
            self.message("control", control["name"], value)

    def turn(self, **values):
        """Move controls: tabs and menus by an item's value or words, the rest by a number."""
        for name, value in values.items():
            entry = next(c for c in panel(self.kind)["controls"] if c["name"] == name)
            if entry["kind"] == "text field":
                self.message("control", name, "text", *([value] if value != "" else []))
            elif entry["kind"] in {"tab", "menu"} and isinstance(value, str):
                words = entry.get("values", entry["items"])
                self.message("control", name, words.index(value))
            else:
                self.message("control", name, value)

    def press(self, name):
        self.message("press", name)

    def wait(self, pattern, at="activity set", timeout_s=WAIT_S):
        """Until something that the device shows matches."""
        self.live.do("wait", name=self.name, at=at, pattern=pattern, timeout_s=timeout_s)

    def connected(self):
        self.wait("^Connected", "connection set")
        return self

    @property
    def state(self):
        return self.live.do("state", name=self.name)

    def shows(self, name, message="set"):
        found = self.state["panel"].get(name, {}).get(message, [])
        return " ".join(map(str, found))

    def go(self, command, until="Written|Changed|In the same", **values):
        """Choose a command and press the button."""
        self.turn(command=command, **values)
        self.wait("1", "go active")
        self.press("go")
        if until:
            self.wait(until)

    def answer(self, daemon, rank=0):
        """The take that the daemon keeps of the answer that is shown: found by its seed."""
        seed = int(self.shows("take_detail").split()[-1])
        listed = daemon.ask("takes", limit=500)[-1]["takes"]
        name = next(t["id"] for t in listed if (t["seed"], t["rank"]) == (seed, rank))
        return daemon.ask("take", take=name)[-1]["take"]

    def clean(self):
        """Nothing went wrong inside, and nothing was said in Max's console."""
        state = self.state
        assert state["errors"] == []
        assert state["posts"] == []


def note(pitch, start, duration=0.5, velocity=100, **rest):
    return {
        "pitch": pitch,
        "start_time": start,
        "duration": duration,
        "velocity": velocity,
        **rest,
    }


def melody(count=8, pitches=(60, 62, 64, 67, 69), step=0.5):
    """Notes in a row on a C pentatonic scale."""
    line = itertools.islice(itertools.cycle(pitches), count)
    return [note(pitch, i * step, step * 0.9, 70 + (7 * i) % 50) for i, pitch in enumerate(line)]


FIELDS = (
    "pitch",
    "start_time",
    "duration",
    "velocity",
    "mute",
    "probability",
    "velocity_deviation",
    "release_velocity",
)


def in_live(part):
    """The notes of a part of a take as Live should have them, sorted."""
    names = part["notes"]["fields"]
    rows = [dict(zip(names, row, strict=True)) for row in part["notes"]["rows"]]
    ours = ("pitch", "start_beats", "duration_beats", *FIELDS[3:])
    return sorted(tuple(float(row[name]) for name in ours) for row in rows)


def found(clip):
    """The notes of a clip of the set, sorted."""
    return sorted(tuple(float(note[name]) for name in FIELDS) for note in clip["notes"])
