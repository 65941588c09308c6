# SPDX-License-Identifier: Apache-2.0
"""Max says nothing about a wrong name, port or message, so the patchers are checked here."""

import re
from collections import Counter

import pytest
from shipped import NAMES, boxes, device, panel, parameter

from max_for_live.builder import objects, theme
from max_for_live.builder.picture import overflows

PATCHERS = {name: device(name).patcher for name in NAMES}
HEIGHT = 169
COLOURS = {value for name, value in vars(theme).items() if name.isupper() and name != "FONT"}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def patcher(name):
    return PATCHERS[name]


def shown(patcher):
    return [box for box in boxes(patcher) if box.get("presentation")]


def text_of(box):
    return box["text"] if box["maxclass"] == "newobj" else box["maxclass"]


def test_every_object_is_known_with_its_ports(patcher):
    for box in boxes(patcher):
        if box.get("text", "").startswith("v8 "):
            expected = objects.script_ports(box["numoutlets"])
        else:
            expected = objects.ports(text_of(box))
        outlets = tuple(box.get("outlettype", ()))
        assert (box["numinlets"], outlets) == (expected.inlets, expected.outlets), box
        assert box["numoutlets"] == len(outlets)


def test_every_cord_ends_at_a_port_that_exists(patcher):
    by_id = {box["id"]: box for box in boxes(patcher)}
    assert len(by_id) == len(patcher["boxes"])
    for line in patcher["lines"]:
        source, outlet = line["patchline"]["source"]
        destination, inlet = line["patchline"]["destination"]
        assert 0 <= outlet < by_id[source]["numoutlets"]
        assert 0 <= inlet < by_id[destination]["numinlets"]
    assert max(Counter(str(line) for line in patcher["lines"]).values()) == 1


def test_no_box_that_says_something_is_left_unconnected(patcher):
    connected = {
        line["patchline"][end][0] for line in patcher["lines"] for end in ("source", "destination")
    }
    loose = [
        box
        for box in boxes(patcher)
        if box["id"] not in connected and box["maxclass"] not in ("live.comment", "panel")
    ]
    assert loose == []


def test_the_script_has_as_many_outlets_as_it_says(name):
    (brain,) = [box for box in boxes(PATCHERS[name]) if box.get("text", "").startswith("v8 ")]
    script = device(name).text(f"{name}.js")
    assert re.search(r"^outlets = (\d)", script, re.M).group(1) == str(brain["numoutlets"])
    assert brain["text"] == f"v8 {name}.js"
    assert brain["textfile"]["filename"] == f"{name}.js"


def test_what_max_calls_is_declared_at_the_top_of_the_script(name):
    script = device(name).text(f"{name}.js")
    for handler in ("start", "control", "press", "gone", "anything"):
        assert re.search(rf"^function {handler}\(", script, re.M), handler


def test_everything_stands_on_whole_pixels_inside_the_device(name, patcher):
    width = panel(name)["width"]
    assert patcher["openrect"] == [0, 0, width, HEIGHT]
    assert patcher["devicewidth"] == width
    for box in shown(patcher):
        x, y, w, h = box["presentation_rect"]
        assert all(number == int(number) for number in (x, y, w, h))
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= HEIGHT


def test_no_two_things_lie_on_each_other(patcher):
    faces = [box for box in shown(patcher) if box["maxclass"] != "panel"]
    for index, one in enumerate(faces):
        for other in faces[index + 1 :]:
            (ax, ay, aw, ah), (bx, by, bw, bh) = (
                one["presentation_rect"],
                other["presentation_rect"],
            )
            apart = ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
            assert apart, (one.get("varname", one.get("text")), other.get("varname"))


def test_what_is_written_fits(patcher):
    assert overflows({"patcher": patcher}) == []


def test_displays_lie_behind_everything(patcher):
    classes = [box["maxclass"] for box in boxes(patcher)]
    assert classes[classes.index("panel") :] == ["panel"] * classes.count("panel")


def test_parameters_have_names_of_their_own_and_say_what_they_are(patcher):
    controls = [box for box in boxes(patcher) if box.get("parameter_enable")]
    for key in ("parameter_longname", "parameter_shortname"):
        names = [parameter(box)[key] for box in controls]
        assert len(set(names)) == len(names)
        assert not [n for n in names if "[" in n]
    assert len({box["varname"] for box in controls}) == len(controls)
    for box in controls:
        facts = parameter(box)
        assert box["annotation"] == facts["parameter_info"]
        assert box["annotation"].endswith((".", "!"))
        assert box["annotation_name"] == facts["parameter_annotation_name"] != ""
        assert patcher["parameters"][box["id"]][:2] == [
            facts["parameter_longname"],
            facts["parameter_shortname"],
        ]


def test_only_what_the_musician_sets_is_automated_or_undone(name, patcher):
    for entry in panel(name)["controls"]:
        (box,) = [box for box in boxes(patcher) if box.get("varname") == entry["name"]]
        wanted = {"automated": 0, "stored": 1, "hidden": 2}[entry["visibility"]]
        assert parameter(box)["parameter_invisible"] == wanted
        if entry["kind"] == "button" or not entry["stored"]:
            assert wanted == 2
        if entry["kind"] == "text field":
            assert wanted == 1  # Live can't automate text


def test_buttons_answer_when_the_mouse_is_let_go_and_tabs_as_in_live(patcher):
    for box in boxes(patcher):
        if box["maxclass"] == "live.text":
            assert box["outputmode"] == 1
        if box["maxclass"] == "live.tab":
            assert box["livemode"] == 1


def test_colours_are_those_of_the_theme(patcher):
    for box in boxes(patcher):
        assert not [key for key in box if key.endswith("color")], box
        for key, value in box.get("saved_attribute_attributes", {}).items():
            if key != "valueof":
                assert value["expression"].removeprefix("themecolor.") in COLOURS


def test_nothing_prints_plays_to_the_computer_or_shares_a_name(patcher):
    for box in boxes(patcher):
        first = text_of(box).split()[0]
        assert first not in {"print", "dac~", "ezdac~", "adc~", "loadbang"}
        if first in {"s", "r", "send", "receive", "buffer~", "dict", "coll"}:
            assert box["text"].split()[1].startswith("---")


def test_versions_are_asked_for_and_midi_passes_as_it_is(name, patcher):
    assert (patcher["minimum_live_version"], patcher["minimum_max_version"]) == ("12.2", "9")
    assert patcher["openinpresentation"] == 1
    assert patcher["latency"] == 0
    texts = {text_of(box): box["id"] for box in boxes(patcher)}
    ends = [
        (line["patchline"]["source"][0], line["patchline"]["destination"][0])
        for line in patcher["lines"]
    ]
    if panel(name)["kind"] == "midi":
        assert (texts["midiin"], texts["midiout"]) in ends
        assert patcher["is_mpe"] == 1
    else:
        assert {"plugin~", "plugout~", "sfplay~ 2"} <= set(texts)


def test_the_network_is_this_computer_and_ports_are_the_script_s(patcher):
    texts = [text_of(box) for box in boxes(patcher)]
    assert [text for text in texts if text.startswith("udp")] == [
        "udpreceive @defer 1 @quiet 1",
        "udpsend 127.0.0.1 9311",
    ]


def test_banks_name_parameters_that_can_be_automated(patcher):
    names = {
        parameter(box)["parameter_longname"]
        for box in boxes(patcher)
        if parameter(box).get("parameter_invisible") == 0
    }
    for bank in patcher["parameters"]["parameterbanks"].values():
        assert bank["name"]
        assert len(bank["parameters"]) == 8
        assert {name for name in bank["parameters"] if name != "-"} <= names
