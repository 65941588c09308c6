# SPDX-License-Identifier: Apache-2.0
"""docs/clip-engine.md: every example can be asked as it stands there."""

import json
import random
import re
import shlex
from pathlib import Path

import pytest

from bridge.cli.answer import given_values
from bridge.cli.parser import all_verbs, parse
from bridge.core.commands import COMMANDS, ROLES
from bridge.core.prepare import find_command, prepare, split_body
from models.engine import EngineInfo
from models.engines.clip.engine import ClipModel
from models.registry import Listing
from models.tokens.vocabulary import STYLES

PAGE = (Path(__file__).parents[1] / "docs/clip-engine.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S)
    for line in block.splitlines()
    if line.startswith("nextbar ")
]
MESSAGES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.S)]
SERVED = ("continue", "infill", "vary", "accompany", "harmonise", "generate")
ABLE = Listing(EngineInfo("able", "Serves all.", SERVED, roles=ROLES), "engines:Able")


@pytest.mark.parametrize("line", LINES)
def test_lines_for_the_shell(line):
    words = shlex.split(line, comments=True)[1:]
    verbs = all_verbs()
    name = " ".join(words[:2]) if " ".join(words[:2]) in verbs else words[0]
    args = parse(verbs[name], words[len(name.split()) :])
    if name in COMMANDS:
        given = given_values(COMMANDS[name], args)
        for param in COMMANDS[name].params:
            if param.name in given:
                param.coerce(given[param.name])


@pytest.mark.parametrize("message", MESSAGES, ids=[m["op"] for m in MESSAGES])
def test_messages(message):
    body = {name: value for name, value in message.items() if name not in {"op", "id"}}
    clips, given = split_body(body)
    command = find_command(message["op"])
    assert prepare(command, clips, given, engines=(ABLE,), rng=random.Random(1)).request


def test_every_command_has_both_and_every_control_is_named():
    assert {message["op"] for message in MESSAGES} == set(SERVED)
    assert {line.split()[1] for line in LINES} >= set(SERVED)
    named = {*ClipModel.info.honours, "lock", "lock_ids", "takes", "seed"}
    assert all(f"`{name}`" in PAGE for name in named)
    assert all(style in PAGE for style in STYLES)
