# SPDX-License-Identifier: Apache-2.0
"""The picture of notes, painted by the shipped script on a canvas that keeps what is painted."""

import json
import subprocess

import pytest
from shipped import FOLDER, boxes, device

SCRIPT = device("nextbar").text("nextbar_roll.js")
WIDTH, HEIGHT = 228, 34

# mgraphics as far as the script may use it: anything else throws.
STAGE = """
const vm = require("node:vm");
const { script, calls, size } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const painted = [];
let colour = [], shape = [], redraws = 0;
const mgraphics = Object.freeze({
  init() {}, set relative_coords(on) {}, set autofill(on) {}, size,
  redraw() { redraws += 1; },
  set_source_rgba(...rgba) { colour = rgba; },
  rectangle(...place) { shape = place; },
  fill() { painted.push({ place: shape, colour }); },
});
const known = { live_lcd_bg: 0, live_lcd_control_fg: 1, live_lcd_control_fg_zombie: 2 };
const max = Object.freeze({ getcolor(name) {
  if (!(name in known)) throw new Error("no colour " + name);
  return [known[name], 0, 0, 1];
} });
const context = vm.createContext({ mgraphics, max, inlets: 0, autowatch: 1 });
vm.runInContext(script, context);
for (const [name, ...atoms] of calls) context[name](...atoms);
context.paint();
console.log(JSON.stringify({ painted, redraws }));
"""
NEW, KEPT = 1, 2


def paint(*calls):
    """What is painted on the background after some messages: (place, colour, opacity)."""
    stage = json.dumps({"script": SCRIPT, "calls": calls, "size": [WIDTH, HEIGHT]})
    done = subprocess.run(
        ["node", "-e", STAGE], input=stage, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["redraws"] == len(calls)
    background, *rest = [(p["place"], p["colour"][0], p["colour"][3]) for p in found["painted"]]
    assert background == ([0, 0, WIDTH, HEIGHT], 0, 1)
    return rest


def test_an_empty_roll_has_bars_and_no_notes():
    bars = paint(["frame", 16, 4, 48, 72])
    assert len(bars) == 5
    assert {colour for _, colour, _ in bars} == {KEPT}


def test_a_long_clip_has_as_many_lines_as_can_be_told_apart():
    assert len(paint(["frame", 100000, 0.25, 48, 72])) <= 34


def test_notes_lie_in_time_and_pitch_and_new_ones_in_front():
    frame = ["frame", 4, 4, 60, 71]
    notes = (["note", 60, 0, 1, 127, 0], ["note", 71, 3, 1, 64, 1])
    *_, kept, new = paint(frame, *notes)
    assert (kept[1], new[1]) == (KEPT, NEW)
    assert kept[0][0] == pytest.approx(2 + 0.75 * (WIDTH - 4))
    assert kept[0][1] < new[0][1]  # the higher pitch stands higher
    assert new[2] == pytest.approx(1)
    assert kept[2] < new[2]  # the softer one is fainter


def test_everything_stays_inside():
    notes = [["note", pitch, beat, 1, 100, 0] for pitch in (0, 60, 127) for beat in (0, 15)]
    for (x, y, width, height), _, _ in paint(["frame", 16, 3.5, 0, 127], *notes):
        assert x >= 0
        assert y >= 0
        assert x + width <= WIDTH
        assert y + height <= HEIGHT


def test_clear_forgets_notes_and_a_theme_paints_anew():
    assert paint(["note", 60, 0, 1, 100, 0], ["clear"], ["bang"]) == paint(["clear"])


def test_one_pitch_and_no_length_can_be_shown():
    *_, (place, _, _) = paint(["frame", 0, 0, 60, 60], ["note", 60, 0, 0, 1, 0])
    assert min(place[2:]) >= 1.5


def test_the_box_has_the_size_and_the_script():
    (box,) = [box for box in boxes(device("nextbar").patcher) if box["maxclass"] == "v8ui"]
    assert box["presentation_rect"][2:] == [WIDTH, HEIGHT]
    assert box["filename"] == "nextbar_roll.js"


@pytest.mark.parametrize("path", sorted((FOLDER / "source").glob("*.js")), ids=lambda p: p.name)
def test_sources_keep_the_house_s_ways(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// SPDX-License-Identifier: Apache-2.0\n// ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\t" not in text
    assert '"use strict";' in text or path.name == "roll.js"
    lines = text.splitlines()
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 110
    assert not [line for line in lines if (len(line) - len(line.lstrip(" "))) % 2]
