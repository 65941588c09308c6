# SPDX-License-Identifier: Apache-2.0
"""Taste as tests, for the devices' JavaScript: sizes, and one place for Live and one for Max."""

import re
import subprocess

import pytest
from fake_live import ROOT, node

SOURCES = sorted((ROOT / "max_for_live" / "source").glob("*.js"))
HARNESS = sorted((ROOT / "tests" / "max_for_live" / "harness").glob("*.js"))
# Names of Max, and the only files that may use them; the entry is what Max calls.
BORDERS = {
    r"\bLiveAPI\b": {"live.js"},
    r"\bnew (?:Task|File|Global|XMLHttpRequest)\b": {"platform.js"},
    r"\boutlet\(": {"platform.js"},
    r"\bMath\.random|\bDate\.now": {"platform.js"},
    r"\bmessagename\b": {"device.js"},
    r"\b(?:post|console|setTimeout|setInterval)\b\s*\(": set(),
}
DRAWING = {"roll.js"}  # the script of the picture, a v8ui of its own
LONGEST_FILE = 300
LONGEST_FUNCTION = 40


def name(path):
    return path.name


def code_of(path):
    """The text without comments and texts in quotes."""
    text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    return re.sub(r'"[^"\n]*"', '""', text)


@pytest.mark.parametrize("path", SOURCES + HARNESS, ids=name)
def test_a_file_has_one_idea_and_says_which(path):
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    assert lines[0] == "// SPDX-License-Identifier: Apache-2.0"
    assert lines[1].startswith("// ")
    assert '\n"use strict";\n' in text or path.name in DRAWING
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\t" not in text
    assert max(map(len, lines)) <= 102
    assert len([line for line in lines if line.strip()]) <= LONGEST_FILE
    if path in SOURCES:
        assert not [line for line in lines if len(line) - len(line.lstrip(" ")) > 12]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_are_short(path):
    begun, long = None, []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")):
        if re.match(r"( {2})?(function )?[\w$]+ ?\(.*\) \{$", line) and not line.strip().startswith(
            ("if", "for", "while", "switch")
        ):
            begun = number, line
        elif begun and re.match(r"( {2})?\}$", line):
            if number - begun[0] > LONGEST_FUNCTION:
                long.append(begun[1])
            begun = None
    assert long == []


@pytest.mark.parametrize("pattern", BORDERS)
def test_live_and_max_are_touched_in_one_place_each(pattern):
    users = {path.name for path in SOURCES if re.search(pattern, code_of(path))}
    assert users - DRAWING <= BORDERS[pattern]


@pytest.mark.parametrize("path", SOURCES + HARNESS, ids=name)
def test_the_syntax_is_sound(path):
    subprocess.run([node(), "--check", str(path)], check=True, capture_output=True)


def test_nothing_is_exported_in_vain():
    texts = {path.name: path.read_text(encoding="utf-8") for path in SOURCES}
    unused = []
    for file, text in texts.items():
        for found in re.findall(r"module\.exports = \{(.*?)\};", text, re.S):
            for export in filter(None, re.split(r"[\s,]+", found)):
                others = "\n".join(other for name, other in texts.items() if name != file)
                if not re.search(rf"\b{export}\b", others):
                    unused.append(f"{file}: {export}")
    assert unused == []
