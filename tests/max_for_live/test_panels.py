# SPDX-License-Identifier: Apache-2.0
"""Panels copy ranges and words of the command table; here they are compared."""

import json
import re
import subprocess

import pytest
from shipped import FOLDER, NAMES, panel

from bridge.core.commands import COMMANDS, JOB_PARAMS

COMMANDS_JS = FOLDER / "source" / "commands.js"
PARAMS = {
    param.name: param
    for command in reversed(COMMANDS.values())  # the first that has a parameter counts
    if command.kind == "job"
    for param in (*command.params, *JOB_PARAMS)
}
STAND_INS = [
    pytest.param(entry, id=f"{name}-{entry['name']}")
    for name in NAMES
    for entry in panel(name)["controls"]
    if "stands_for" in entry
]
KINDS = {
    "dial": {"float"},
    "number": {"int", "float"},
    "menu": {"choice"},
    "tab": {"choice"},
    "toggle": {"bool"},
    "text field": {"text", "int"},
}


@pytest.mark.parametrize("entry", STAND_INS)
def test_a_control_has_the_kind_of_its_parameter(entry):
    assert PARAMS[entry["stands_for"]].kind in KINDS[entry["kind"]]


@pytest.mark.parametrize("entry", STAND_INS)
def test_a_control_has_the_range_and_choices_of_its_parameter(entry):
    param = PARAMS[entry["stands_for"]]
    if "range" in entry:
        scale = entry.get("scale", 1)
        assert entry["range"] == [param.low * scale, param.high * scale]
    if "values" in entry:
        assert tuple(entry["values"]) == param.choices
        assert len(entry["items"]) == len(entry["values"])


@pytest.mark.parametrize("entry", [e for e in STAND_INS if e.values[0]["name"] != "takes"])
def test_a_control_begins_where_its_parameter_does(entry):
    default = PARAMS[entry["stands_for"]].default
    if "values" in entry:
        assert entry["values"][entry["default"]] == default
    elif default is not None:
        assert entry["default"] == default * entry.get("scale", 1) or entry["kind"] == "text field"


@pytest.mark.parametrize("name", NAMES)
def test_names_are_used_once_and_what_is_read_exists(name):
    facts = panel(name)
    names = [entry["name"] for entry in (*facts["controls"], *facts["indicators"])]
    assert len(set(names)) == len(names)
    for entry in facts["controls"]:
        assert set(entry.get("reads", ())) <= set(names)
        low, high = entry.get("range", [0, len(entry.get("items", "..")) - 1])
        if isinstance(entry.get("default"), int):
            assert low <= entry["default"] <= high


def commands_of_the_script():
    """What the script says each command heeds, asked of its own module."""
    program = f"console.log(JSON.stringify(require({json.dumps(str(COMMANDS_JS))}).COMMANDS))"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_command_of_the_tab_is_one_of_the_script():
    (tab,) = [e for e in panel("nextbar")["controls"] if e["name"] == "command"]
    assert tab["items"] == [command["title"] for command in commands_of_the_script()]


def test_a_control_says_for_which_commands_it_is():
    """A greyed control tells by its Info View what to choose to have it back."""
    commands = commands_of_the_script()
    for entry in panel("nextbar")["controls"]:
        users = [c["title"] for c in commands if entry["name"] in c["uses"]]
        if entry["name"].startswith("lane_") and entry["kind"] == "toggle":
            users = [c["title"] for c in commands if c["locks"]]
        if entry["name"] == "mark":
            users = [c["title"] for c in commands if c["second"] != "never"]
        if len(users) == len(commands):
            assert entry["info"].endswith("For every command.")
        elif users:
            said = [c["title"] for c in commands if re.search(rf"\b{c['title']}\b", entry["info"])]
            assert sorted(said) == sorted(users), entry["name"]
