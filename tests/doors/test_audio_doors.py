# SPDX-License-Identifier: Apache-2.0
"""Sound through every door of a real daemon: asked, streamed, kept, fetched."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import struct
import subprocess
import urllib.error
import urllib.request

import neural
import numpy as np
import pytest
from daemon import Daemon
from sounding import over_websocket

from bridge.core.messages import Event
from bridge.doors.osc.answers import flatten
from bridge.doors.osc.packets import decode
from bridge.doors.web.codec import binary_frame
from bridge.doors.web.outbox import Outbox
from models import examples
from models.audio import files
from models.wire import clip_to_data

ASKED = {"prompt": "drums and bass", "bars": 2, "tempo_bpm": 140, "seed": 5, "play": False}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    daemon = Daemon(tmp_path_factory.mktemp("audio") / "home")
    yield daemon
    daemon.stop()


def post(daemon, op, **body):
    request = urllib.request.Request(f"{daemon.url}/v1/{op}", json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def test_sound_comes_over_the_websocket_while_it_is_made(daemon):
    events = asyncio.run(over_websocket(daemon, **ASKED, takes=2))
    done = events[-1]
    assert done["event"] == "done"
    for take in (0, 1):
        place = 0
        for event in events:
            if event["event"] == "audio" and event["take"] == take:
                assert (event["id"], event["start_samples"]) == (3, place)
                place += event["samples"]
        file = done["takes"][take]["parts"][0]
        assert place == file["length_samples"] == 151_200  # 2 bars at 140 bpm and 44,100 Hz
    seconds = [event["seconds"] for event in events if event["event"] == "progress"]
    assert max(seconds) > 1
    assert any("not a model" in told for told in done["degraded"])


def test_takes_are_files_that_stay(daemon):
    done = post(daemon, "audio", **ASKED)
    (take,) = done["takes"]
    file = take["parts"][0]
    sound = files.read(file["path"])
    assert sound.samples.shape == (2, file["length_samples"])
    with urllib.request.urlopen(f"{daemon.url}/v1/takes/{take['take']}.wav", timeout=20) as answer:
        assert answer.headers["content-type"] == "audio/wav"
        with open(file["path"], "rb") as kept:
            assert answer.read() == kept.read()
    whole = post(daemon, "take", take=take["take"])["take"]
    assert whole["parts"] == [file]
    listed = post(daemon, "takes", limit=1)["takes"][0]
    assert (listed["name"], listed["notes"]) == ("drums and bass", 0)
    assert not list((daemon.home / "takes" / "drafts").glob("*"))


def test_a_replay_is_the_same_to_the_sample(daemon):
    first = post(daemon, "audio", **ASKED)["takes"][0]
    again = post(daemon, "replay", take=first["take"])["takes"][0]
    other = post(daemon, "more", take=first["take"])["takes"][0]
    sounds = [files.read(take["parts"][0]["path"]).samples for take in (first, again, other)]
    assert np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[0], sounds[2])


def test_a_forgotten_take_takes_its_file_along(daemon):
    take = post(daemon, "audio", **ASKED)["takes"][0]
    path = take["parts"][0]["path"]
    post(daemon, "forget", take=take["take"])
    with pytest.raises(FileNotFoundError):
        open(path, "rb").close()


def test_a_clip_is_played_and_a_sound_goes_on(daemon):
    clip = clip_to_data(examples.chord_pad())
    played = post(daemon, "audio", clip=clip, prompt="organ", seed=1)["takes"][0]["parts"][0]
    assert (played["bars"], played["tempo_bpm"]) == (4, examples.chord_pad().tempo_bpm)
    given = {**ASKED, "continue_file": played["path"], "tempo_bpm": played["tempo_bpm"]}
    assert post(daemon, "audio", **given)["event"] == "done"


def test_a_take_is_asked_for_in_the_wrong_form(daemon):
    sound = post(daemon, "audio", **ASKED)["takes"][0]["take"]
    notes = post(daemon, "continue", clip=clip_to_data(examples.melody()))["takes"][0]["take"]
    for name in (f"{sound}.mid", f"{notes}.wav"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{daemon.url}/v1/takes/{name}", timeout=20)
        assert json.load(caught.value)["code"] == "bad_file"


def leftovers(daemon):
    return [p.name for p in (daemon.home / "takes").rglob("*") if p.is_file()]


def test_a_cancelled_job_leaves_nothing_and_the_worker_goes_on(daemon):
    before = set(leftovers(daemon))

    def stopped(event):
        return event["event"] in {"cancelled", "done"}

    long = {**ASKED, "bars": 64, "takes": 8}
    events = asyncio.run(over_websocket(daemon, stopped, cancel_after="audio", **long))
    assert events[-1]["event"] == "cancelled"
    assert post(daemon, "audio", **ASKED)["event"] == "done"
    fresh = set(leftovers(daemon)) - before
    assert sorted(name.partition(".")[2] for name in fresh if "sqlite" not in name) == [
        "json",
        "wav",
    ]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_worker_leaves_no_drafts(daemon):
    workers = subprocess.run(
        ["pgrep", "-f", "-P", str(daemon.process.pid), "bridge.worker.child"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert workers

    def died(event):
        if event["event"] == "audio":
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(worker), signal.SIGKILL)
        return event["event"] in {"failed", "done"}

    events = asyncio.run(over_websocket(daemon, died, **{**ASKED, "bars": 64}))
    assert events[-1]["code"] == "worker_died"
    assert not list((daemon.home / "takes").glob("drafts/*"))
    assert post(daemon, "audio", **ASKED)["event"] == "done"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"prompt": ""}, "bad_argument"),
        ({"bars": 0}, "bad_argument"),
        ({"bars": 1000}, "bad_argument"),
        ({"continue_file": "/etc/hostname"}, "bad_file"),
        ({"continue_file": "/nowhere.wav"}, "bad_file"),
        ({"continue_file": "rel.wav"}, "bad_argument"),
    ],
)
def test_bad_input_is_one_coded_sentence(daemon, given, code):
    answer = post(daemon, "audio", **{**ASKED, **given})
    assert answer["code"] == code
    assert answer["message"].endswith(".")
    assert post(daemon, "ping")["event"] == "pong"


def test_files_elsewhere_are_refused_where_folders_are_named(tmp_path):
    (tmp_path / "loops").mkdir()
    sound = np.full((1, 44_100), 0.2, np.float32)
    for place in ("loops/a.wav", "b.wav"):
        files.write(tmp_path / place, sound, 44_100)
    (tmp_path / "loops" / "link.wav").symlink_to(tmp_path / "b.wav")
    daemon = Daemon(tmp_path / "home", "--audio-folders", str(tmp_path / "loops"))
    try:
        for name, code in (("b.wav", "refused"), ("loops/link.wav", "refused")):
            given = {**ASKED, "continue_file": str(tmp_path / name)}
            assert post(daemon, "audio", **given)["code"] == code
        given = {**ASKED, "continue_file": str(tmp_path / "loops" / "a.wav")}
        assert post(daemon, "audio", **given)["event"] == "done"
    finally:
        daemon.stop()


def test_a_model_that_is_fetched_meanwhile_is_there(daemon):
    neural.need("torch")
    neural.need("transformers")

    def musicgen():
        engines = post(daemon, "hello", protocol=1)["engines"]
        return next(engine for engine in engines if engine["name"] == "musicgen")

    before = musicgen()
    assert (before["available"], before["install"]) == (
        False,
        "nextbar models fetch musicgen-small",
    )
    assert post(daemon, "audio", **ASKED)["engine"] == "tonebank"
    place = daemon.home / "models" / "musicgen-small"
    place.mkdir(parents=True)
    (place / ".complete").write_text("0")
    try:
        assert musicgen()["available"]
        answer = post(daemon, "audio", **ASKED, engine="musicgen")
        assert answer["code"] == "bad_file"  # it was asked, and the folder has nothing more
    finally:
        shutil.rmtree(place)


def test_osc_gives_the_path(daemon):
    events = daemon.ask("audio", **ASKED)
    assert {event["event"] for event in events} == {"accepted", "progress", "done"}
    file = events[-1]["takes"][0]["parts"][0]
    assert files.facts(file["path"]).length_samples == file["length_samples"] == 151_200


def test_osc_tells_the_file_whole():
    file = {"path": "/takes/" + "long/" * 60 + "t1.wav", "seconds": 3.5, "bars": 2, "metre": "4/4"}
    file |= {"tempo_bpm": 140.0, "found_tempo_bpm": None, "name": "drums"}
    takes = [{"take": "t1", "parts": [file]}]
    event = Event("done", 7, {"job": "j1", "takes": takes, "seed": 1, "engine": "e"})
    said = [decode(datagram) for datagram in flatten(event)]
    assert [m.address for (m,) in said] == [f"/nextbar/{n}" for n in ("take", "file", "done")]
    assert said[1][0].args[:7] == (7, 0, file["path"], 3.5, 2, "4/4", 140.0)
    assert said[1][0].args[7] == 0.0


def test_samples_begin_where_an_array_can_be_laid_over_them():
    for text in ("{}", '{"a":1}', '{"take":10}'):
        frame = binary_frame(text, b"1234")
        (length,) = struct.unpack_from("<I", frame)
        assert length % 4 == 0
        assert json.loads(frame[4 : 4 + length]) == json.loads(text)
        assert frame[4 + length :] == b"1234"


def test_who_plays_as_it_comes_may_read_slowly():
    """A minute of sound made in a second waits in many pieces; only its bytes are limited."""

    assert not asyncio.run(overflown(20, max_events=3))


def test_samples_that_nobody_reads_count_for_the_limit():
    assert asyncio.run(overflown(3, max_chars=1000))


async def overflown(pieces, **limits):
    """Whether an outbox of these limits overflows when nobody fetches so many pieces of sound."""
    outbox = Outbox(**limits)
    for _ in range(pieces):
        outbox.put(Event("audio", 1, {"job": "j1"}, b"\0" * 800))
    return outbox.overflowed
