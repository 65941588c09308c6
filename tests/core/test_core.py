# SPDX-License-Identifier: Apache-2.0
"""The core: messages in, effects out, without sockets, workers or a clock."""

import random
import re

import pytest
from engines import Quick, Slow

from bridge.core.commands import COMMANDS
from bridge.core.core import Core, Habits
from bridge.core.effects import Deliver, Start, Stop
from bridge.core.events import EVENTS, TERMINAL
from bridge.core.messages import Message
from bridge.core.queries import About
from bridge.errors import CODES, NextbarError
from bridge.jobs import JobBook
from bridge.takes import TakeStore
from models.clip import Clip, Note
from models.registry import Listing, listings
from models.wire import clip_from_data, clip_to_data

CLIP = clip_to_data(Clip((Note(60, 0.0, 1.0), Note(64, 1.5, 0.5, 90.5)), 4.0, name="riff"))
ENGINES = (
    Listing(Quick.info, "engines:Quick"),
    Listing(Slow.info, "engines:Slow"),
    Listing(
        Slow.info.__class__(
            "absent", "An absent one.", ("groove",), extra="neural", modules=("torch",)
        ),
        "engines:Absent",
        reason="absent needs torch, which is not installed",
        install='pip install "nextbar[neural]"',
    ),
)


class FakeStage:
    """Does nothing, and says what was chosen."""

    def __init__(self):
        self.chosen = []

    def steer(self, given):
        self.chosen.append(given)

    def facts(self):
        return {"mode": "loop", "playing": False}


@pytest.fixture
def core(tmp_path):
    about = About("1.2.3", 0.0, lambda: {"osc_port": 1}, lambda name, text: f"{name}.json")
    takes = TakeStore(tmp_path, lambda: 1e9)
    yield Core(JobBook(3), ENGINES, takes, random.Random(1), about, Habits(stage=FakeStage()))
    takes.close()


def ask(core, op="continue", request_id=1, client="a", now=0.0, **body):
    if COMMANDS.get(op) and COMMANDS[op].kind == "job" and "clip" not in body:
        body["clip"] = CLIP
    return core.handle(client, Message(op, request_id, body), now)


def events(effects, client="a"):
    return [e.event for e in effects if isinstance(e, Deliver) and e.client == client]


def names(effects, client="a"):
    return [event.name for event in events(effects, client)]


def result_frame(seed_pitch=62):
    clip = Clip((Note(seed_pitch, 0.0, 1.0, origin="new"),), 16.0)
    return {
        "type": "result",
        "answers": [[clip_to_data(clip)]],
        "degraded": [],
        "stats": {"infer_ms": 1.0},
    }


def test_a_request_is_accepted_started_and_answered_once(core):
    effects = ask(core, seed=7)
    accepted = events(effects)[0]
    assert accepted.name == "accepted"
    assert accepted.fields == {"job": "j1", "position": 0, "seed": 7, "engine": "quick"}
    start = effects[-1]
    assert isinstance(start, Start)
    assert start.work.request["args"]["bars"] == 4
    done = events(core.heard("j1", result_frame(), 0.5))
    assert [event.name for event in done] == ["done"]
    assert done[0].fields["stats"]["queue_ms"] == 0
    take = done[0].fields["takes"][0]
    assert core.takes.load(take["take"]).parts == (clip_from_data(take["parts"][0]),)
    assert core.heard("j1", result_frame(), 0.6) == []


def test_every_event_has_exactly_the_fields_of_the_table(core):
    seen = []
    seen += events(ask(core, "hello", client="a", protocol=1))
    seen += events(ask(core, "ping"))
    seen += events(ask(core, request_id=5))
    seen += events(
        core.heard(
            "j1", {"type": "progress", "fraction": 0.5, "stage": "generating", "notes": 3}, 1.0
        )
    )
    seen += events(
        core.heard(
            "j1",
            {
                "type": "partial",
                "job": "j1",
                "take": 0,
                "part": 0,
                "index": 0,
                "count": 1,
                "start_beats": 0.0,
                "end_beats": 4.0,
                "notes": {"fields": [], "rows": []},
            },
            1.0,
        )
    )
    sound = {"take": 0, "start_samples": 0, "samples": 1, "channels": 1, "sample_rate_hz": 8000}
    seen += events(core.heard("j1", {"job": "j1", "type": "audio", **sound, "pcm": b"PCM."}, 1.0))
    assert seen[-1].pcm == b"PCM."
    report = {"type": "playing", "job": "j1", "state": "started", "frame": 0, "speed": 9.5}
    seen += events(core.played({**report, "wait_s": 0.0, "underruns": 0}))
    assert core.played({"job": "j99"}) == []
    bar = ask(core, "downbeat", tempo_bpm=92, metre="7/8")
    assert bar[0].frame == {"do": "bar", "bar": ["7/8", 92.0]}
    seen += events(bar[1:])
    seen += events(core.heard("j1", result_frame(), 1.0))
    seen += events(ask(core, request_id=6, engine="slow", target="x"))
    seen += events(ask(core, request_id=7, engine="slow", target="x"))
    seen += events(ask(core, "cancel", job="j3"))
    seen += events(ask(core, request_id=8))
    seen += events(
        core.heard(
            "j4", {"type": "failed", "code": "engine_fault", "message": "m", "where": ""}, 1.0
        )
    )
    seen += events(ask(core, "takes")) + events(ask(core, "take", take="t1"))
    seen += events(ask(core, "report", name="selftest", report="{}"))
    seen += events(ask(core, "steer", mode="loop"))
    seen += events(ask(core, "nonsense"))
    assert {event.name for event in seen} == set(EVENTS)
    for event in seen:
        assert tuple(event.fields) == EVENTS[event.name].fields, event.name


@pytest.mark.parametrize(
    ("op", "body", "code", "where"),
    [
        ("continua", {}, "unknown_command", "op"),
        ("continue", {"bars": 0}, "bad_argument", "bars"),
        ("continue", {"bars": "many"}, "bad_argument", "bars"),
        ("continue", {"barz": 4}, "bad_argument", "barz"),
        ("continue", {"seed": -1}, "bad_argument", "seed"),
        ("continue", {"takes": 99}, "bad_argument", "takes"),
        ("continue", {"adventure": float("nan")}, "bad_argument", "adventure"),
        ("continue", {"low_pitch": 70, "high_pitch": 60}, "bad_argument", "low_pitch"),
        ("continue", {"clip": {"notes": []}}, "bad_clip", "clip.length_beats"),
        ("continue", {"clip": 7}, "bad_clip", "clip"),
        ("continue", {"clip": CLIP, "clips": [CLIP]}, "bad_clip", "clips"),
        ("continue", {"clip": CLIP, "clips": 3}, "bad_clip", "clips"),
        ("continue", {"engine": "nobody"}, "no_engine", "engine"),
        ("infill", {}, "no_engine", "infill"),
        ("groove", {}, "not_installed", "engine"),
        ("groove", {"engine": "quick"}, "no_engine", "engine"),
        ("accompany", {"role": "tuba"}, "bad_argument", "role"),
        ("cancel", {}, "bad_argument", "job"),
        ("cancel", {"job": "j99"}, "unknown_job", "job"),
        ("take", {"take": "t9"}, "unknown_take", "take"),
        ("replay", {"take": "t9"}, "unknown_take", "take"),
        ("ping", {"louder": 1}, "bad_argument", "louder"),
    ],
)
def test_a_bad_request_is_refused_before_it_becomes_a_job(core, op, body, code, where):
    answers = events(ask(core, op, **body))
    assert [a.name for a in answers] == ["error"]
    fields = answers[0].fields
    assert (fields["code"], fields["where"]) == (code, where)
    assert code in CODES
    assert re.match(r"\S.*[.\"?]$", fields["message"], re.S)
    assert not core.book.active()


def test_an_absent_engine_names_the_line_that_installs_it(core):
    message = events(ask(core, "groove"))[0].fields["message"]
    assert 'pip install "nextbar[neural]"' in message


def test_numbers_come_in_any_form(core):
    start = ask(core, bars="8", takes=2.0, join=1.0, adventure=1)[-1]
    args = start.work.request["args"]
    assert (args["bars"], args["join"], args["adventure"]) == (8, True, 1.0)
    assert start.work.request["takes"] == 2


def test_controls_come_as_any_door_sends_them(core):
    start = ask(core, loop=1.0, style="jazz")[-1]
    args = start.work.request["args"]
    assert (args["loop"], args["style"]) == (True, "jazz")
    accepted = events(ask(core, "vary", request_id=2, keep="rhythm", density="0.5"))[0]
    assert accepted.name == "accepted"
    refused = events(ask(core, "vary", request_id=3, loop=True))[0]
    assert refused.fields["where"] == "loop"


def test_the_same_request_twice_is_one_job(core):
    ask(core, request_id=4)
    again = ask(core, request_id=4, now=9.0)
    assert names(again) == ["accepted"]
    assert len(core.book.of_client("a")) == 1
    core.heard("j1", result_frame(), 9.5)
    late = ask(core, request_id=4, now=9.9)
    assert names(late) == ["job_list"]
    assert events(late)[0].fields["jobs"][0]["outcome"]["takes"]
    assert names(ask(core, request_id=4, now=10.1))[0] == "accepted"
    assert len(core.book.of_client("a")) == 2


def test_a_job_that_ended_gives_its_notes_again_from_the_store(core):
    ask(core)
    done = events(core.heard("j1", result_frame(), 0.5))[0]
    again = events(ask(core, "job", job="j1"))[0].fields["jobs"][0]["outcome"]
    assert again["takes"] == done.fields["takes"]
    core.takes.forget("t1")
    again = events(ask(core, "job", job="j1"))[0].fields["jobs"][0]["outcome"]
    assert again["takes"] == [{"take": "t1", "parts": []}]


def test_another_client_with_the_same_request_id_gets_its_own_job(core):
    ask(core, request_id=4, client="a")
    ask(core, request_id=4, client="b")
    assert [job.client for job in core.book.active()] == ["a", "b"]


def test_a_newer_request_for_the_same_target_wins(core):
    ask(core, request_id=1, target="3/0")
    effects = ask(core, request_id=2, target="3/0")
    told = events(effects)
    assert (told[0].name, told[0].id, told[0].fields["by"]) == ("superseded", 1, "j2")
    assert Stop("j1") in effects
    assert names(core.heard("j1", result_frame(), 1.0)) == []  # too late
    assert core.book.get("j2").state == "running"
    assert core.takes.list() == ()


@pytest.mark.parametrize(
    "other", [{"client": "b"}, {"op": "vary"}, {"target": "3/1"}, {"target": ""}]
)
def test_other_clients_commands_and_targets_are_left_alone(core, other):
    ask(core, request_id=1, target="3/0")
    ask(core, **{"request_id": 2, "target": "3/0", **other})
    assert core.book.get("j1").state == "running"


def test_a_full_queue_says_so_at_once(core):
    for number in range(1, 5):
        assert names(ask(core, request_id=number))[0] == "accepted"
    refused = events(ask(core, request_id=5))[0]
    assert (refused.name, refused.fields["code"]) == ("error", "queue_full")
    assert [e.fields["position"] for e in events(ask(core, request_id=4))] == [3]


def test_each_engine_has_a_lane_of_its_own(core):
    ask(core, request_id=1, engine="slow")
    ask(core, request_id=2, engine="quick")
    assert [core.book.get(j).state for j in ("j1", "j2")] == ["running", "running"]


def test_cancel_is_answered_at_once_and_can_be_repeated(core):
    ask(core, request_id=1)
    effects = ask(core, "cancel", request_id=2, job="j1")
    assert [(e.name, e.id) for e in events(effects)] == [("cancelled", 1), ("job_list", 2)]
    assert Stop("j1") in effects
    assert names(ask(core, "cancel", request_id=3, job="j1")) == ["job_list"]
    ask(core, request_id=4)
    assert core.book.get("j2").state == "queued"  # the worker is still busy with j1
    assert isinstance(core.heard("j1", {"type": "stopped"}, 1.0)[-1], Start)


def test_a_queued_job_is_cancelled_without_a_worker(core):
    ask(core, request_id=1)
    ask(core, request_id=2)
    effects = ask(core, "cancel", request_id=3, job="j2")
    assert not [e for e in effects if isinstance(e, Stop)]
    assert core.heard("j1", result_frame(), 1.0)[-1].event.name == "done"


def test_nobody_cancels_the_job_of_another(core):
    ask(core, client="a")
    assert events(ask(core, "cancel", client="b", job="j1"), "b")[0].fields["code"] == "unknown_job"
    assert core.book.get("j1").active


def test_cancel_all_stops_the_jobs_of_one_client(core):
    ask(core, request_id=1)
    ask(core, request_id=2)
    ask(core, request_id=1, client="b")
    assert names(ask(core, "cancel_all")) == ["cancelled", "cancelled", "job_list"]
    assert [job.client for job in core.book.active()] == ["b"]


def test_progress_never_falls_and_comes_at_most_ten_times_a_second(core):
    ask(core)
    told = []
    for step in range(200):
        frame = {"type": "progress", "fraction": (step * 37 % 200) / 200, "stage": "generating"}
        told += events(core.heard("j1", frame, step / 100))
    fractions = [event.fields["fraction"] for event in told]
    assert fractions == sorted(fractions)
    assert len(told) <= 21


def test_a_failure_of_the_store_fails_the_job_with_one_sentence(core, monkeypatch):
    def full(_data):
        raise OSError(28, "No space left on device")

    ask(core)
    monkeypatch.setattr(core.takes, "_write", full)
    failed = events(core.heard("j1", result_frame(), 1.0))[0]
    assert (failed.name, failed.fields["code"]) == ("failed", "storage_failed")
    assert core.takes.list() == ()


def test_a_mistake_over_a_frame_fails_the_job_and_frees_its_worker_only_when_that_stops(core):
    ask(core)
    ask(core, request_id=2)
    failed, stop = core.stumbled("j1", NextbarError("A mistake."), 1.0)
    assert (failed.event.name, failed.event.fields["code"], stop) == (
        "failed",
        "internal",
        Stop("j1"),
    )
    (started,) = core.heard("j1", {"type": "stopped"}, 1.2)
    assert started.job == "j2"


def test_a_worker_is_busy_with_a_forgotten_job_until_it_says_that_it_is_done(core):
    ask(core)
    ask(core, "cancel", job="j1")
    core.book.purge(1e6)
    ask(core, request_id=2, now=1e6)
    assert core.heard("j1", {"type": "progress", "fraction": 0.5}, 1e6) == []
    (started,) = core.heard("j1", {"type": "stopped"}, 1e6)
    assert started.job == "j2"


def test_replay_asks_the_same_again_and_more_changes_the_seed(core):
    ask(core, request_id=1, seed=7, bars=2)
    core.heard("j1", result_frame(), 0.1)
    replay = ask(core, "replay", request_id=2, take="t1")
    assert events(replay)[0].fields["seed"] == 7
    first = replay[-1].work.request
    assert (first["args"]["bars"], first["clips"]) == (2, [CLIP])
    core.heard("j2", result_frame(), 0.2)
    assert core.takes.load("t2").data["parents"] == ["t1"]
    more = ask(core, "more", request_id=3, take="t1")
    assert events(more)[0].fields["seed"] != 7
    assert more[-1].work.request["args"] == first["args"]


def test_a_client_that_comes_back_gets_its_jobs(core):
    assert core.greet("a") == []
    ask(core, request_id=9)
    listed = events(core.greet("a"))[0].fields["jobs"]
    assert [(job["id"], job["state"]) for job in listed] == [(9, "running")]


def test_hello_tells_which_side_is_old(core):
    assert events(ask(core, "hello"))[0].fields["notice"] == ""
    newer = events(ask(core, "hello", protocol=9))[0].fields["notice"]
    assert "update nextbar" in newer
    engines = {e["name"]: e for e in events(ask(core, "hello"))[0].fields["engines"]}
    assert engines["absent"]["available"] is False
    assert engines["absent"]["install"]


def test_shutting_down_ends_every_job_once(core):
    ask(core, request_id=1)
    ask(core, request_id=2)
    assert names(core.shut_down(1.0)) == ["cancelled", "cancelled"]
    assert core.shut_down(1.0) == []


def random_step(core, rng, now):
    """One thing that a client or a worker might do next."""
    client = rng.choice("ab")
    if rng.random() < 0.5:
        op, engine = rng.choice(["continue", "vary"]), rng.choice(["quick", "slow"])
        target = rng.choice(["", "x", "y"])
        return ask(core, op, rng.randrange(1, 1000), client, now, target=target, engine=engine)
    if rng.random() < 0.3:
        return ask(core, "cancel", 0, client, now, job=f"j{rng.randrange(1, 500)}")
    busy = [job.id for job in core.book._jobs.values() if core.book.occupies_worker(job.id)]
    failed = {"type": "failed", "code": "engine_fault", "message": "m", "where": ""}
    frame = rng.choice([result_frame(), failed, {"type": "stopped"}])
    return core.heard(rng.choice(busy), frame, now) if busy else []


def test_at_random_every_job_ends_exactly_once(core):
    rng = random.Random(5)
    effects = []
    for step in range(3000):
        effects += random_step(core, rng, step / 50)
    effects += ask(core, "cancel_all", client="a") + ask(core, "cancel_all", client="b")
    told = [effect.event for effect in effects if isinstance(effect, Deliver)]
    accepted = {event.fields["job"] for event in told if event.name == "accepted"}
    ended = [event.fields["job"] for event in told if event.name in TERMINAL]
    assert len(accepted) > 500
    assert sorted(ended) == sorted(accepted)


def test_the_built_in_engines_are_listed():
    assert {engine.info.name for engine in listings()} >= {"motif", "rules", "echo"}


def test_clips_can_be_kept_as_they_are(core):
    answer = events(ask(core, "capture", clips=[CLIP, CLIP]))
    assert [event.name for event in answer] == ["take_list"]
    kept = answer[0].fields["takes"][0]
    assert (kept["command"], kept["engine"]) == ("capture", "played")
    take = core.takes.load(kept["id"])
    assert take.parts == (clip_from_data(CLIP), clip_from_data(CLIP))
    refused = events(ask(core, "capture"))[0]
    assert refused.fields["code"] == "bad_clip"


@pytest.mark.parametrize("again", ["replay", "more"])
def test_what_was_played_can_not_be_made_again(core, again):
    kept = events(ask(core, "capture", clips=[CLIP]))[0].fields["takes"][0]["id"]
    refused = events(ask(core, again, take=kept))[0]
    assert (refused.fields["code"], refused.fields["where"]) == ("bad_argument", "take")
    assert f"{kept} was played" in refused.fields["message"]


def test_midi_is_steered_by_what_is_given_and_nothing_else(core):
    ask(core, "steer")
    ask(core, "steer", mode="endless", adventure=1)
    ask(core, "steer", scale="", engine="", action="ask")
    assert core.stage.chosen == [
        {"mode": "endless", "adventure": 1.0},
        {"scale": "", "engine": "", "action": "ask"},
    ]
    refused = events(ask(core, "steer", density=9))[0]
    assert (refused.fields["code"], refused.fields["where"]) == ("bad_argument", "density")
    unknown = events(ask(core, "steer", engine="nobody"))[0]
    assert unknown.fields["code"] == "no_engine"
    assert len(core.stage.chosen) == 2


def test_without_midi_the_command_says_how_to_turn_it_on(tmp_path):
    about = About("1.2.3", 0.0, lambda: {}, lambda name, text: "")
    takes = TakeStore(tmp_path, lambda: 1e9)
    plain = Core(JobBook(3), ENGINES, takes, random.Random(1), about)
    told = [events(ask(plain, "steer", **given))[0] for given in ({}, {"mode": "off"})]
    assert [event.fields["code"] for event in told] == ["no_midi", "no_midi"]
    assert "nextbar run --midi" in told[0].fields["message"]
    takes.close()


def test_a_mistake_over_a_result_leaves_no_drafts(core, monkeypatch):
    ask(core)
    (core.takes.drafts("j1")).mkdir(parents=True)
    (core.takes.drafts("j1") / "0.wav").touch()
    monkeypatch.setattr(core.takes, "keep", lambda keepsake: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        core.heard("j1", result_frame(), 0.1)
    assert not core.takes.drafts("j1").exists()
    assert names(core.stumbled("j1", NextbarError("m"), 0.1)) == ["failed"]
