# SPDX-License-Identifier: Apache-2.0
"""What devices ask is what the daemon has: commands, parameters, events, addresses."""

import json
import re
import subprocess

import pytest
from fake_live import DEVICES, ROOT, frozen_script, node, panel

from bridge import PROTOCOL
from bridge.core.commands import COMMANDS, JOB_PARAMS
from bridge.core.events import EVENTS, TERMINAL
from bridge.doors.osc.frames import ACK, CHUNK, CHUNK_BYTES, FRAME_ADDRESSES, MAX_MISSING, RESTART
from bridge.worker.child import _timed
from models.clip import Clip
from models.engine import Answer, Result
from models.wishes import WISHES

KINDS = ("nextbar", "nextbar_audio", "nextbar_selftest")
SOURCES = ROOT / "max_for_live" / "source"
# Jobs that no device asks, on purpose: a new one belongs here or in a device.
NOT_ASKED = {"drumify", "generate", "transcribe", "train"}
NOT_HEARD = {"pong"}  # that it came is all
# Parameters that the panel leaves at what the daemon makes of them.
NOT_ON_THE_PANEL = {"engine", "join", "low_pitch", "high_pitch", "lock_ids", "space", "voices",
                    "tempo_bpm", "metre", "scale"}  # fmt: skip


def exported(module, name):
    """What a module of the devices exports, as JSON."""
    plain = "(key, value) => value instanceof Set ? [...value] : value"
    code = f"console.log(JSON.stringify(require('./{module}').{name}, {plain}))"
    command = [node(), "-e", code]
    done = subprocess.run(command, cwd=SOURCES, text=True, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def choices():
    return exported("commands.js", "COMMANDS")


def scripts():
    return {kind: frozen_script(DEVICES / f"{kind}.amxd") for kind in KINDS}


def test_every_choice_of_the_panel_is_a_command_with_its_parameters(choices):
    tab = next(c for c in panel("nextbar")["controls"] if c["name"] == "command")
    assert [choice["title"] for choice in choices] == tab["items"]
    own = {"span": {"from_beats", "to_beats"}}
    for choice in choices:
        params = {param.name for param in COMMANDS[choice["op"]].params}
        sent = set(choice["fixed"])
        for name in choice["uses"]:
            sent |= own.get(name, {name})
        sent |= {"lock"} if choice["locks"] else set()
        assert sent <= params, choice["title"]
        assert params - sent <= NOT_ON_THE_PANEL | {"bars"} - set(choice["uses"]), choice["title"]


def test_the_time_that_is_shown_is_all_that_the_daemon_measured():
    measured = _timed(Result((Answer((Clip((), 4.0),)),)), load_s=0.5, infer_s=1.25).stats
    done = {"engine": "motif", "stats": {**measured, "queue_ms": 250}}
    assert exported("talk.js", f"doneWords({json.dumps(done)})") == "motif in 2.0 s"


def test_the_second_clip_goes_where_the_table_takes_two(choices):
    for choice in choices:
        fewest, most = COMMANDS[choice["op"]].clips
        wanted = "must" if fewest == 2 else "may" if most >= 2 else "never"
        if choice["op"] != "harmonise":  # which voice a second clip would be, nobody has said
            assert choice["second"] == wanted, choice["title"]


def test_roles_are_those_of_the_table(choices):
    roles = [choice["fixed"]["role"] for choice in choices if "role" in choice["fixed"]]
    known = next(p.choices for p in COMMANDS["accompany"].params if p.name == "role")
    assert set(roles) <= set(known)


def test_wishes_are_those_of_the_models(choices):
    used = {name for choice in choices for name in choice["uses"]}
    assert set(exported("commands.js", "WISHES")) == used & set(WISHES)


def asked_of_the_daemon(choices):
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js"))
    questions = re.findall(r'(?:ask|inquire)\("(\w+)"', text)
    return {*questions, *re.findall(r'op: "(\w+)"', text), *(choice["op"] for choice in choices)}


def test_every_question_of_a_device_has_an_answer_and_every_job_a_device(choices):
    asked = asked_of_the_daemon(choices)
    assert asked <= set(COMMANDS)
    jobs = {name for name, command in COMMANDS.items() if command.kind == "job"}
    assert jobs - asked <= NOT_ASKED, "a device asks it, or it is named in NOT_ASKED"


def test_every_event_that_can_come_is_heard(choices):
    """Answers to what no device asks do not come."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js"))
    asked = asked_of_the_daemon(choices)
    unheard = {name for name in EVENTS if f'"{name}"' not in text and f"{name}:" not in text}
    answers = {name: re.match(r"Answers (\w+)", EVENTS[name].doc) for name in unheard}
    coming = {name for name, found in answers.items() if not found or found[1] in asked}
    assert coming == NOT_HEARD
    ends = set(
        re.search(r"ENDS = new Set\(\[(.*?)\]\)", text).group(1).replace('"', "").split(", ")
    )
    assert ends == TERMINAL | {"error"}


@pytest.mark.parametrize("kind", KINDS)
def test_addresses_and_sizes_are_those_of_the_daemon(kind):
    text = scripts()[kind]
    assert set(re.findall(r'"(/nextbar/\w+)"', text)) == FRAME_ADDRESSES == {CHUNK, ACK, RESTART}
    assert f"PIECE = {CHUNK_BYTES};" in text
    assert f"MAX_MISSING = {MAX_MISSING};" in text
    assert f"const PROTOCOL = {PROTOCOL};" in text


def test_what_every_job_takes_is_known(choices):
    assert {param.name for param in JOB_PARAMS} == {"engine", "seed", "takes", "target"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_handles_every_control_and_no_other(kind):
    text = scripts()[kind]
    for entry in panel(kind)["controls"]:
        if entry["kind"] != "button":
            continue
        name = entry["name"]
        assert re.search(rf'\b{name}: \(\) =>|name === "{name}"', text), name
