# SPDX-License-Identifier: Apache-2.0
"""A device and its daemon: absent, late, restarted, moved, of another version, slow, gone."""

import json
import socket

import pytest
from daemon import Daemon
from fake_live import FakeLive, found, in_live, melody

from bridge.doors.osc.frames import write_json
from bridge.doors.osc.sender import Sender

ENGINES = ("live_engines:Dice",)
DEVICE_PATH = "/Users/anna/Music/Ableton/User Library/nextbar.amxd"
PLACE = "/Users/anna/Music/Ableton/User Library/nextbar-place.json"
USUAL = "/Users/anna/Library/Caches/TemporaryItems/nextbar/ports.json"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def gate(tmp_path):
    """As long as this file is there, the engine does not finish."""
    path = tmp_path / "gate"
    path.touch()
    return path


def one_clip(name="Verse"):
    clip = {"slot": 0, "name": str(name), "length": 4, "notes": melody()}
    return {"tracks": [{"name": "Lead", "clips": [clip]}]}


def started(live, port, **options):
    device = live.device(port=port, **options).connected()
    live.select(0, 0)
    return device


def ports_file(daemon):
    return f"@{daemon.home / 'run' / 'ports.json'}"


def test_a_device_without_a_daemon_says_how_to_start_it_and_finds_it_later(tmp_path):
    port = free_port()
    with FakeLive(tmp_path, **one_clip()) as live:
        device = live.device(port=port)
        device.wait("Looking for nextbar", "connection set")
        device.wait("0", "go active")
        live.do("skip", ms=10_000)
        device.wait("^nextbar is not running. Start it: nextbar run$", "connection set")
        with Daemon(tmp_path / "home", "--osc-port", str(port)):
            live.do("skip", ms=2000)
            device.connected()
            live.select(0, 0)
            device.wait("1", "go active")
            device.clean()


def test_a_daemon_that_restarts_in_the_middle_of_a_job_is_asked_again(tmp_path, gate):
    home = tmp_path / "home"
    with FakeLive(tmp_path, **one_clip(gate)) as live:
        first = Daemon(home, engines=ENGINES)
        port = first.ports["osc_port"]
        device = started(live, port)
        device.go("Continue", until="^Writing", bars=4, takes=2)
        first.kill()
        with Daemon(home, "--osc-port", str(port), engines=ENGINES) as second:
            live.do("skip", ms=3000)
            device.wait("restarted|Connected again", "connection set")
            device.wait("Asking again|Writing|Starting")
            gate.unlink()
            device.wait("Written")
            device.clean()
            seed = int(device.shows("take_detail").split()[1])
            name = second.ask("takes")[-1]["takes"][-1]["id"]
            take = second.ask("take", take=name)[-1]["take"]
            assert take["request"]["seed"] == seed
            assert found(live.clips[0]["slots"][1]) == in_live(take["parts"][0])
        assert live.slots()[2:] == [None] * 6


def test_the_seed_of_a_job_survives_the_restart(tmp_path, gate):
    """The notes are those that the first daemon would have given."""
    home = tmp_path / "home"
    with FakeLive(tmp_path, **one_clip(gate)) as live:
        first = Daemon(home, engines=ENGINES)
        port = first.ports["osc_port"]
        device = started(live, port)
        live.inside(
            "a",
            """const whole = JSON.parse;
            globalThis.seeds = [];
            JSON.parse = (text) => {
              const data = whole(text);
              if (data.event === "accepted") seeds.push(data.seed);
              return data;
            };""",
        )
        device.go("Continue", until="^Writing", takes=1)
        first.kill()
        gate.unlink()
        with Daemon(home, "--osc-port", str(port), engines=ENGINES):
            live.do("skip", ms=3000)
            device.wait("Written")
            again = found(live.clips[0]["slots"][1])
            seed = device.shows("take_detail").split()[1]
            seeds = live.run("return device.inside('seeds');", name="a")
            assert len(seeds) == 2
            assert set(seeds) == {int(seed)}
            device.turn(seed=seed)
            device.press("go")
            live.wait_for("set.song.tracks[0].clip_slots[2].clip !== null")
            device.wait("Written")
            assert found(live.clips[0]["slots"][2]) == again


def test_a_daemon_that_moves_to_another_port_is_found_by_its_port_file(tmp_path):
    home = tmp_path / "home"
    files = {PLACE: json.dumps({"ports": "/ports.json"}), "/ports.json": f"@{home}/run/ports.json"}
    with FakeLive(tmp_path, **one_clip()) as live:
        with Daemon(home, engines=ENGINES) as first:
            device = live.device(port=1, path=DEVICE_PATH, files=files)
            device.wait(f"on port {first.ports['osc_port']}$", "connection set")
        with Daemon(home, engines=ENGINES) as second:
            for _ in range(6):
                live.do("skip", ms=4000)
            device.wait(f"again.* on port {second.ports['osc_port']}$", "connection set")
            live.select(0, 0)
            device.go("Continue")
            device.clean()


@pytest.mark.parametrize("path", [DEVICE_PATH, "Macintosh HD:" + DEVICE_PATH])
def test_the_port_file_is_found_where_the_system_keeps_it(path, tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        usual = path.split("/Users")[0] + USUAL
        device = live.device(port=1, path=path, files={usual: ports_file(daemon)})
        device.connected().clean()


def test_windows_keeps_the_port_file_elsewhere(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        usual = "C:/Users/anna/AppData/Local/Temp/nextbar/ports.json"
        path = "C:/Users/anna/Documents/Ableton/User Library/nextbar.amxd"
        files = {usual: ports_file(daemon)}
        live.device(port=1, path=path, files=files, os="windows").connected().clean()


def test_a_broken_port_file_is_no_obstacle(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        files = {PLACE: "{", USUAL: '{"osc_port": "x"}'}
        port = daemon.ports["osc_port"]
        live.device(port=port, path=DEVICE_PATH, files=files).connected().clean()


@pytest.mark.parametrize(
    ("theirs", "words"),
    [(2, "newer than this device.*nextbar live install"), (0, "older than this device.*update")],
)
def test_another_version_is_told_in_one_sentence(theirs, words, tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        device = live.device(port=daemon.ports["osc_port"], start=False)
        change = f"if (data.event === 'welcome') data.protocol = {theirs};"
        live.inside(
            "a",
            "const whole = JSON.parse;"
            f"JSON.parse = (text) => {{ const data = whole(text); {change} return data; }};",
        )
        device.start()
        device.wait(words, "connection set")
        live.select(0, 0)
        device.go("Continue")
        device.clean()


def test_stop_ends_the_job_and_nothing_is_written(tmp_path, gate):
    with (
        Daemon(tmp_path / "home", engines=ENGINES) as daemon,
        FakeLive(tmp_path, **one_clip(gate)) as live,
    ):
        device = started(live, daemon.ports["osc_port"])
        device.go("Continue", until="^Writing")
        device.wait("1", "cancel active")
        device.press("cancel")
        device.wait("^Stopped")
        device.wait("0", "cancel active")
        device.clean()
        assert live.slots()[1:] == [None] * 7
        jobs = daemon.ask("takes")[-1]["takes"]
        assert jobs == []


def test_stop_before_the_daemon_has_answered_stops_it_too(tmp_path, gate):
    with (
        Daemon(tmp_path / "home", engines=ENGINES) as daemon,
        FakeLive(tmp_path, **one_clip(gate)) as live,
    ):
        device = started(live, daemon.ports["osc_port"])
        device.turn(command="Continue")
        device.wait("1", "go active")
        device.press("go")
        device.press("cancel")
        device.wait("^Stopped")
        device.clean()
        assert live.slots()[1:] == [None] * 7


def test_a_second_press_supersedes_the_first_for_the_same_clip(tmp_path, gate):
    with (
        Daemon(tmp_path / "home", engines=ENGINES) as daemon,
        FakeLive(tmp_path, **one_clip(gate)) as live,
    ):
        device = started(live, daemon.ports["osc_port"])
        device.go("Continue", until="^Writing", bars=2, takes=1)
        device.turn(bars=8)
        device.press("go")
        device.wait("^Starting|^Waiting|^Writing")
        gate.unlink()
        device.wait("Written")
        device.clean()
        clips = live.clips[0]["slots"]
        assert clips[1]["length"] == 32
        assert clips[2] is None


def test_work_on_two_clips_goes_on_side_by_side(tmp_path, gate):
    spec = one_clip(gate)
    spec["tracks"][0]["clips"].append({**spec["tracks"][0]["clips"][0], "slot": 4})
    with (
        Daemon(tmp_path / "home", engines=ENGINES) as daemon,
        FakeLive(tmp_path, **spec) as live,
    ):
        device = started(live, daemon.ports["osc_port"])
        device.go("Continue", until="^Writing", bars=2, takes=1)
        live.select(0, 4)
        device.turn(bars=3)
        device.press("go")
        device.wait("Waiting: 1 before it")
        gate.unlink()
        live.wait_for(
            "set.song.tracks[0].clip_slots[1].clip && set.song.tracks[0].clip_slots[5].clip"
        )
        device.clean()
        slots = live.clips[0]["slots"]
        assert (slots[1]["length"], slots[5]["length"]) == (8, 12)


def test_a_daemon_that_stops_is_missed_and_its_return_noticed(tmp_path):
    home = tmp_path / "home"
    with FakeLive(tmp_path, **one_clip()) as live:
        first = Daemon(home)
        port = first.ports["osc_port"]
        device = started(live, port)
        first.stop()
        live.do("skip", ms=6000)
        live.do("skip", ms=4000)
        device.wait("does not answer|Looking|has stopped", "connection set")
        device.wait("0", "go active")
        live.do("skip", ms=2000)
        live.do("skip", ms=2000)
        live.do("skip", ms=2000)
        device.wait("^nextbar has stopped. Start it: nextbar run$", "connection set")
        with Daemon(home, "--osc-port", str(port)):
            live.do("skip", ms=2000)
            device.wait("^Connected again", "connection set")
            device.wait("1", "go active")
            device.clean()


def test_an_idle_device_is_quiet(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        device = started(live, daemon.ports["osc_port"])
        device.wait("1", "go active")
        shown = live.run("return device.log.length;", name="a")
        sent = len(device.state["sent"])
        for _ in range(10):
            live.do("skip", ms=1000)
            daemon.ask("ping")  # the device's own ping was answered before this one
        assert live.run("return device.log.length;", name="a") == shown
        assert len(device.state["sent"]) - sent <= 12  # a ping and its acknowledgements


def test_a_device_that_is_deleted_stops_everything(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        device = started(live, daemon.ports["osc_port"])
        live.run("globalThis.gone = device;", name="a")
        assert live.do("unload", name=device.name) == []
        assert live.run("return gone.clock.tasks.size;") == 0
        assert live.run("return set.watchers.length;") == 0


def test_a_preset_or_a_save_bangs_again_and_changes_nothing(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        device = started(live, daemon.ports["osc_port"])
        device.wait("1", "go active")
        port = device.state["replyPort"]
        watchers = live.run("return set.watchers.length;")
        device.start()
        device.start()
        device.go("Continue")
        device.clean()
        assert device.state["replyPort"] == port
        assert live.run("return set.watchers.length;") == watchers


def test_a_reply_port_that_somebody_else_has_is_given_up(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        device = live.device(port=daemon.ports["osc_port"], occupied=1)
        first = device.state["replyPort"]
        for _ in range(8):
            live.do("skip", ms=1600)
        device.connected()
        assert device.state["replyPort"] != first
        device.clean()


def test_an_absent_daemon_is_looked_for_less_and_less_often(tmp_path):
    with FakeLive(tmp_path, **one_clip()) as live:
        device = live.device(port=free_port())
        for _ in range(40):
            live.do("skip", ms=1000)
        before = len(device.state["sent"])
        for _ in range(60):
            live.do("skip", ms=1000)
        assert len(device.state["sent"]) - before <= 150
        device.clean()


def test_a_stranger_on_the_same_port_does_not_make_a_device_deaf(tmp_path, gate):
    """Another daemon answers another device that has drawn the same port."""
    with (
        Daemon(tmp_path / "home", engines=ENGINES) as daemon,
        Daemon(tmp_path / "other") as other,
        FakeLive(tmp_path, **one_clip(gate)) as live,
    ):
        device = started(live, daemon.ports["osc_port"])
        device.go("Continue", until="^Writing", takes=1)
        sender = Sender(lambda: "stranger", device.state["replyPort"])
        sender.push(write_json({"op": "hello", "id": 5}), 0.0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for chunk in sender.due(0.0):
                sock.sendto(chunk.encode(), ("127.0.0.1", other.ports["osc_port"]))
            live.wait_for("device.sessions.size === 2", name="a")
            gate.unlink()
            device.wait("Written")
        assert device.shows("connection").startswith("Connected:")
        device.clean()


def test_a_device_that_hears_nothing_though_it_is_heard_starts_anew(tmp_path):
    with Daemon(tmp_path / "home") as daemon, FakeLive(tmp_path, **one_clip()) as live:
        device = started(live, daemon.ports["osc_port"])
        device.wait("1", "go active")
        live.run(
            """const pass = device.arrived.bind(device);
            device.arrived = (packet) => {
              if (!packet.includes("/nextbar/chunk")) pass(packet);
            };
            device.whole = () => { device.arrived = pass; };""",
            name="a",
        )
        for _ in range(6):
            live.do("skip", ms=1000)
            live.do("skip", ms=2000)
        device.wait("does not answer|Looking|has stopped", "connection set")
        live.run("device.whole();", name="a")
        live.do("skip", ms=2000)
        device.wait("^Connected again", "connection set")
        device.go("Continue")
        device.clean()


def test_two_devices_on_a_bad_network_survive_a_restart(tmp_path, gate):
    """Everything at once: loss, doubles, disorder, a kill in the middle of two jobs."""
    home = tmp_path / "home"
    spec = one_clip(gate)
    spec["tracks"].append({"name": "Bass"})
    faults = {"loss": 0.2, "double": 0.15, "reorder": 0.2}
    with FakeLive(tmp_path, **spec) as live:
        first = Daemon(home, engines=ENGINES)
        port = first.ports["osc_port"]
        devices = [
            live.device(name=name, track=track, port=port, faults=faults).connected()
            for track, name in enumerate("ab")
        ]
        live.select(0, 0)
        for bars, device in enumerate(devices, 2):
            device.go("Continue", until="^Writing|^Waiting", bars=bars, takes=3)
        first.kill()
        with Daemon(home, "--osc-port", str(port), engines=ENGINES) as second:
            live.do("skip", ms=3000)
            gate.unlink()
            for device in devices:
                device.wait("Written")
                device.clean()
            clips = [live.clips[0]["slots"][1], live.clips[1]["slots"][0]]
            for device, clip in zip(devices, clips, strict=True):
                assert found(clip) == in_live(device.answer(second)["parts"][0])


def test_the_first_bars_are_seen_while_the_rest_is_written(tmp_path, gate):
    with (
        Daemon(tmp_path / "home", engines=ENGINES) as daemon,
        FakeLive(tmp_path, **one_clip(gate)) as live,
    ):
        device = started(live, daemon.ports["osc_port"])
        device.go("Continue", until="^Writing: 30 %", bars=3, takes=1)
        source = len(melody())
        live.wait_for(f"device.panel.roll.notes.length === {source + 2}", name="a")
        roll = device.state["panel"]["roll"]
        assert roll["frame"][:2] == [4 + 12, 4]
        assert [note[:2] for note in roll["notes"][source:]] == [[60, 4], [61, 5]]
        assert float(device.shows("progress")) == pytest.approx(0.3)
        gate.unlink()
        device.wait("Written")
        device.clean()
