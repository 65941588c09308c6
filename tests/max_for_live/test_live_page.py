# SPDX-License-Identifier: Apache-2.0
"""The page about Live names what the devices really do and say."""

import re

from shipped import FOLDER, NAMES, panel

PAGE = (FOLDER.parent / "docs" / "live.md").read_text(encoding="utf-8")
SCRIPTS = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((FOLDER / "source").glob("*.js"))
)


def test_every_step_of_the_selftest_is_named_with_what_it_settles():
    steps = (FOLDER / "source" / "selftest_steps.js").read_text(encoding="utf-8")
    names = re.findall(r'^  \["([^"]+)"', steps, re.M)
    assert len(names) > 20
    assert [name for name in names if f"*{name}*" not in PAGE] == []


def test_every_command_is_explained():
    (tab,) = [entry for entry in panel("nextbar")["controls"] if entry["name"] == "command"]
    table = PAGE.split("| command | what comes |")[1].split("\n\n")[0]
    assert [item for item in tab["items"] if item not in table] == []


def test_what_the_page_says_a_device_says_it_says():
    texts = [entry.get("text", "") for name in NAMES for entry in panel(name)["indicators"]]
    said = SCRIPTS + "\n".join(texts)
    quoted = re.findall(r'^\| "([^"]+)"', PAGE, re.M)
    assert len(quoted) >= 5
    assert [words for words in quoted if words not in said] == []
