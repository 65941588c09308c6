# SPDX-License-Identifier: Apache-2.0
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from shipped import FOLDER, NAMES, device, panel

from max_for_live.builder.bundle import bundle
from max_for_live.builder.device import Sources, build_device, read_sources

SOURCES = read_sources(FOLDER, "1.2.3")
PANEL = {"device": "d", "kind": "midi", "module": "b.js"}


def test_devices_and_pictures_are_current_and_need_nothing_but_python():
    build = [sys.executable, "-I", "-S", str(FOLDER / "build.py"), "--check"]
    done = subprocess.run(build, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "Current.\n"), done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_build_depends_on_nothing_but_its_sources(name):
    assert build_device(name, SOURCES) == build_device(name, read_sources(FOLDER, "1.2.3"))


@pytest.mark.parametrize("name", NAMES)
def test_the_version_is_stamped_on_the_script(name):
    other = Sources(SOURCES.panels, SOURCES.scripts, "9.9.9")
    assert build_device(name, SOURCES) != build_device(name, other)
    head = device(name).text(f"{name}.js").splitlines()[0]
    assert re.match(rf"// {panel(name)['device']} \d+\.\d+\.\d+\.", head)


def test_a_missing_module_is_named():
    with pytest.raises(ValueError, match=r"has no \./gone\.js"):
        bundle(PANEL, {"device.js": 'require("./gone.js");'}, "1")


def test_only_what_is_required_is_bundled_and_once():
    scripts = {
        "device.js": 'const { b } = require("./b.js"); require("./c.js");',
        "b.js": 'exports.b = require("./c.js");',
        "c.js": "exports.c = 1;",
        "d.js": "never();",
    }
    text = bundle(PANEL, scripts, "1")
    assert text.count("exports.c = 1;") == 1
    assert "never" not in text
    assert not re.search(r"\brequire\(", text)


def test_letters_beyond_ascii_are_escapes_that_mean_the_same():
    text = bundle(PANEL, {"device.js": 'print("Looking … 🎹");'}, "1")
    assert text.isascii()
    assert r'print("Looking \u2026 \ud83c\udfb9");' in text


@pytest.mark.parametrize("name", NAMES)
def test_shipped_scripts_are_ascii(name):
    found = device(name)
    scripts = [entry["fnam"] for entry in found.entries if entry["type"] == "TEXT"]
    assert [script for script in scripts if not found.files[script].isascii()] == []


@pytest.mark.parametrize("path", sorted((FOLDER / "pictures").glob("*.svg")), ids=lambda p: p.stem)
def test_pictures_are_drawings_within_their_edges(path):
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    assert root.find("{http://www.w3.org/2000/svg}title").text
    for shape in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(shape.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
