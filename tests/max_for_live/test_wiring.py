# SPDX-License-Identifier: Apache-2.0
"""What the musician does reaches the script, and what the script says reaches the right box."""

import pytest
from patch_runner import Patch
from shipped import NAMES, device, panel

PATCHERS = {name: device(name).patcher for name in NAMES}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def patch(name):
    return Patch(PATCHERS[name])


def to_script(patch):
    return [message for place, message in patch.heard if place == "v8"]


def controls(name, *kinds):
    return [entry for entry in panel(name)["controls"] if entry["kind"] in kinds]


def test_the_script_starts_before_it_hears_of_any_control(name, patch):
    patch.out(patch.find("live.thisdevice"), 0, "bang")
    first, *rest = to_script(patch)
    assert first == ["start"]
    stored = [entry["name"] for entry in panel(name)["controls"] if entry["stored"]]
    assert sorted(message[1] for message in rest) == sorted(stored)
    assert {message[0] for message in rest} <= {"control"}


def test_a_control_that_is_moved_tells_its_name_and_value(name, patch):
    for entry in controls(name, "toggle", "tab", "menu", "number", "dial"):
        patch.heard.clear()
        patch.out(patch.names[entry["name"]], 0, 3)
        assert patch.heard == [("v8", ["control", entry["name"], 3])]


def test_words_come_as_one_symbol_and_none_as_none(name, patch):
    for entry in controls(name, "text field"):
        patch.heard.clear()
        patch.out(patch.names[entry["name"]], 0, "text", "two words")
        patch.out(patch.names[entry["name"]], 0, "text")
        control = ["control", entry["name"], "text"]
        assert to_script(patch) == [[*control, "two words"], control]


def test_a_button_presses_after_the_words_that_it_reads(name, patch):
    for entry in controls(name, "button"):
        patch.heard.clear()
        fields = entry.get("reads", [])
        patch.said = {field: ["text", f"the {field}"] for field in fields}
        patch.out(patch.names[entry["name"]], 0, 1)
        *before, press = to_script(patch)
        assert press == ["press", entry["name"]]
        read = sorted(["control", field, "text", f"the {field}"] for field in fields)
        assert sorted(before) == read


def test_what_the_script_says_to_a_name_reaches_that_box_alone(name, patch):
    script = patch.find("v8 ")
    facts = panel(name)
    for entry in (*facts["controls"], *facts["indicators"]):
        patch.heard.clear()
        patch.out(script, 2, entry["name"], "set", "x")
        wanted = ["x"] if entry["kind"] == "bar" else ["set", "x"]
        assert patch.heard == [(entry["name"], wanted)]


def test_a_name_that_is_not_there_reaches_nobody(patch):
    patch.out(patch.find("v8 "), 2, "nobody", "set", "x")
    assert patch.heard == []


def test_a_toggle_has_its_words_lit_and_unlit(name, patch):
    for entry in controls(name, "toggle"):
        patch.heard.clear()
        patch.out(patch.find("v8 "), 2, entry["name"], "text", "Kick")
        words = [message for _, message in patch.heard]
        assert sorted(words) == [["text", "Kick"], ["texton", "Kick"]]


def test_a_greyed_text_field_ignores_clicks(name, patch):
    for entry in controls(name, "text field"):
        patch.heard.clear()
        for active in (0, 1):
            patch.out(patch.find("v8 "), 2, entry["name"], "active", active)
        assert patch.heard == [
            (entry["name"], ["ignoreclick", 1]),
            (entry["name"], ["ignoreclick", 0]),
        ]


def test_the_network_goes_both_ways(patch):
    patch.out(patch.find("udpreceive"), 0, "/nextbar/ack", "s", 1, 1)
    patch.out(patch.find("v8 "), 0, "/nextbar/chunk", "s", 1)
    patch.out(patch.find("v8 "), 1, "port", 50000)
    assert patch.heard == [
        ("v8", ["/nextbar/ack", "s", 1, 1]),
        ("udpsend", ["/nextbar/chunk", "s", 1]),
        ("udpreceive", ["port", 50000]),
    ]


def test_midi_passes(name, patch):
    if panel(name)["kind"] == "midi":
        patch.out(patch.find("midiin"), 0, 144)
        assert patch.heard == [("midiout", [144])]


def test_the_player_opens_plays_and_fades():
    patch = Patch(PATCHERS["nextbar_audio"])
    script = patch.find("v8 ")
    for message in (["open", "/a file.wav"], ["play", 1], ["level", -20], ["play", 0]):
        patch.out(script, 3, *message)
    assert patch.heard == [
        ("sfplay~", ["open", "/a file.wav"]),
        ("sfplay~", [1]),
        ("line~", [pytest.approx(0.1), 20]),
        ("sfplay~", [0]),
    ]


def test_the_script_hears_when_the_device_goes(patch):
    patch.out(patch.find("freebang"), 0, "bang")
    assert to_script(patch) == [["gone"]]
