# SPDX-License-Identifier: Apache-2.0
import importlib.util
import json
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from bridge.core.commands import COMMANDS
from bridge.core.events import EVENTS
from bridge.errors import CODES
from bridge.settings import keys
from models.audio.clip import AudioFile
from models.clip import Note
from models.wire import NOTE_FIELDS, clip_from_data, clip_to_data

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_current(generate):
    assert not generate.stale(), "run: python docs/generate.py"


def test_a_changed_block_is_noticed_and_repaired(generate):
    path, blocks = generate.PAGES[0]
    text = path.read_text(encoding="utf-8")
    name = next(iter(blocks))
    broken = text.replace(f"<!-- generated: {name} -->\n", f"<!-- generated: {name} -->\nold\n", 1)
    assert broken != text
    assert generate.filled(broken, blocks) == text


def test_a_block_without_a_place_is_noticed(generate):
    assert generate.missing("no block here", {"verbs": str}) == {"verbs"}


def test_hand_written_text_stays(generate):
    text = "before\n<!-- generated: x -->\nold\n<!-- end -->\nafter\n"
    assert generate.filled(text, {"x": lambda: "new"}) == text.replace("old", "new")


def test_the_protocol_names_everything():
    text = (DOCS / "protocol.md").read_text(encoding="utf-8")
    for name in (*COMMANDS, *EVENTS, *CODES):
        assert f"`{name}`" in text
    for command in COMMANDS.values():
        assert all(f"`{param.name}`" in text for param in command.params)


def test_the_protocols_clip_is_one_and_every_field_is_named():
    text = (DOCS / "protocol.md").read_text(encoding="utf-8")
    section = text[text.index("## Clips, notes and takes") : text.index("## Events")]
    clip = clip_from_data(json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL).group(1)))
    assert (str(clip.metre), len(clip.notes), clip.start_marker_beats) == ("7/8", 3, -0.5)
    of_a_clip = clip_to_data(clip)
    of_a_file = [field.name for field in fields(AudioFile)]
    for name in (*of_a_clip, *NOTE_FIELDS, *of_a_file):
        assert re.search(rf"[`\"]{name}[`\"]", section), name
    for note_field in fields(Note):
        if note_field.default not in {MISSING, None, "kept"}:
            shown = f"{note_field.default:g}" if note_field.default is not False else "false"
            assert re.search(rf"^\| `{note_field.name}` .* \| {shown} \|$", section, re.MULTILINE)


def test_the_configuration_names_every_key():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert all(f"| `{param.name}` |" in text for param in keys())


def test_no_machine_is_named(generate):
    for path, _ in generate.PAGES:
        assert str(Path.home()) + "/" not in path.read_text(encoding="utf-8")
