# SPDX-License-Identifier: Apache-2.0
"""The shipped patchers against Max 9's own reference, as the library py2max carries it."""

import json

import pytest
from py2max import Patcher
from py2max.maxref import get_object_info
from shipped import NAMES, boxes, device

# What the scripts say to each class of box, and what a box of the patch says to another.
SAID = {
    "live.comment": {"set"},
    "live.dial": {"active", "bang"},
    "live.menu": {"active", "bang"},
    "live.numbox": {"active", "bang"},
    "live.tab": {"active", "bang"},
    "live.text": {"active", "bang", "set", "text", "texton"},
    "multislider": {"float"},
    "sfplay~": {"int", "loop", "open"},
    "textedit": {"bang", "set"},
    "udpreceive": {"defer", "port", "quiet"},
    "udpsend": {"anything", "host", "port"},
}


def lint(patcher, folder):
    path = folder / "device.maxpat"
    path.write_text(json.dumps({"patcher": patcher}), encoding="utf-8")
    return [(message.code, message.message) for message in Patcher.from_file(str(path)).lint()]


@pytest.mark.parametrize("name", NAMES)
def test_names_and_ports_are_those_of_max(name, tmp_path):
    assert lint(device(name).patcher, tmp_path) == []


def test_the_reference_knows_a_wrong_name_and_a_wrong_port(tmp_path):
    patcher = device("nextbar").patcher
    (calm,) = [box for box in boxes(patcher) if box.get("text") == "deferlow"]
    calm["text"] = "deferlower"
    patcher["lines"][0]["patchline"]["source"][1] = 9
    assert {code for code, _ in lint(patcher, tmp_path)} == {"W-UNKNOWN-OBJECT", "E-OUTLET-RANGE"}


@pytest.mark.parametrize("name", sorted(SAID))
def test_messages_are_those_that_the_object_understands(name):
    facts = get_object_info(name)
    assert SAID[name] <= set(facts["methods"]) | set(facts["attributes"])
