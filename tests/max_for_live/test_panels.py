# SPDX-License-Identifier: Apache-2.0
"""Panels copy ranges and words of the command table; here they are compared."""

import pytest
from shipped import NAMES, panel

from bridge.core.commands import COMMANDS, JOB_PARAMS

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
