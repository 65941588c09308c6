# SPDX-License-Identifier: Apache-2.0
"""The tables of `docs/quality-clip-model.md` and its pictures, from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from charts.dots import Axis, Mark, chart
from charts.pages import between, table

from likelihood.pairs import accuracy, interval
from likelihood.run import MAJOR, UNSEEN
from models.memory.stream import KINDS
from models.tokens.vocabulary import TASKS

PAGE = "quality-clip-model.md"
ENGINE = "engine: network + memory"
COLUMNS = ("network", ENGINE, "PPM", "PPM + repeats", "n-gram", "repeats")
MORE = ("network, grammar", "network, other parts")
BOOTSTRAPS = 1000
PAIR_TARGET = 0.9
Rows = Sequence[Mapping[str, Any]]


def write_page(numbers: Mapping[str, Any], folder: Path) -> None:
    """Put the tables between their marks and draw the pictures; prose stays as it is."""
    path = folder / PAGE
    text = path.read_text("utf-8")
    tables = {
        "about": about(numbers),
        "continue": continue_table(numbers),
        "roles": role_table(numbers),
        "kinds": kind_table(numbers),
        "pairs": pair_table(numbers),
        "seams": seam_table(numbers),
        "cycles": cycle_table(numbers),
        "told": told_table(numbers),
        "valid": valid_table(numbers),
        "storage": storage_table(numbers),
    }
    for name, found in tables.items():
        text = between(text, name, found)
    path.write_text(text, encoding="utf-8")
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    for name, picture in (("continue", continue_chart(numbers)), ("pairs", pair_chart(numbers))):
        (pictures / f"quality-clip-{name}.svg").write_text(picture, encoding="utf-8")


def per_note(rows: Rows, name: str) -> float:
    """Nats a note: all nats over all notes, so long answers weigh more."""
    return float(sum(row[name] for row in rows) / max(1, sum(row["notes"] for row in rows)))


def against(rows: Rows, name: str, other: str) -> float:
    """How much less one needs than the other, as a share; below zero is better."""
    return float(sum(row[name] for row in rows) / sum(row[other] for row in rows) - 1)


def spread(rows: Rows, name: str, other: str, seed: int = 0) -> tuple[float, float]:
    """95 % interval of `against`: works drawn again (percentile bootstrap)."""
    by_work: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_work.setdefault(row["work"], []).append(row)
    groups, rng = list(by_work.values()), Random(seed)
    found = []
    for _ in range(BOOTSTRAPS):
        drawn = [row for group in rng.choices(groups, k=len(groups)) for row in group]
        found.append(against(drawn, name, other))
    found.sort()
    return found[int(0.025 * BOOTSTRAPS)], found[int(0.975 * BOOTSTRAPS)]


def _sets(numbers: Mapping[str, Any]) -> list[tuple[str, Rows]]:
    """Windows that network and baselines both have, by set."""
    ours, theirs = numbers.get("network", {}), numbers.get("baselines", {})
    found = []
    for name in (*MAJOR, *UNSEEN):
        left, right = ours.get(name, {}), theirs.get(name, {})
        rows = [{**left[window], **right[window]} for window in left if window in right]
        if rows:
            found.append((name, rows))
    return found


def about(numbers: Mapping[str, Any]) -> str:
    """Which weights, and how much."""
    known = numbers["about"]
    card = known["card"]
    return (
        f"Weights: `{known['file']}`, {int(card.get('steps') or 0):,} steps, "
        f"{float(card.get('tokens') or 0) / 1e6:.1f} M tokens. {known['windows']} windows of each "
        f"set, {known['pairs']} pairs of each role, {known['examples']} examples of each set and "
        f"task; PPM learns {known['own_notes']:,} notes of the set and "
        f"{known['general_notes']:,} of each of twelve sets."
    )


def continue_table(numbers: Mapping[str, Any]) -> str:
    """Nats a note by set."""
    head = ("set", "works", "windows", "notes", *COLUMNS, "network to PPM", "95 %")
    head += ("network to PPM + repeats", "engine to PPM", "95 %")
    rows = [_continue_row(name, found) for name, found in _sets(numbers)]
    text = table((*head, *MORE), rows)
    inside = [
        (name, f"{per_note(rows, 'PPM, trained on the set'):.3f}")
        for name, rows in _sets(numbers)
        if "PPM, trained on the set" in rows[0]
    ]
    return text + "\n\n" + table(("set", "PPM that learned the set's own training works"), inside)


def _continue_row(name: str, rows: Rows) -> list[object]:
    return [
        f"*{name}*" if name in UNSEEN else name,
        len({row["work"] for row in rows}),
        len(rows),
        f"{sum(row['notes'] for row in rows):,}",
        *(f"{per_note(rows, column):.3f}" for column in COLUMNS),
        *_beside_ppm(rows, "network"),
        f"{against(rows, 'network', 'PPM + repeats'):+.1%}",
        *_beside_ppm(rows, ENGINE),
        *(f"{per_note(rows, column):.3f}" for column in MORE),
    ]


def _beside_ppm(rows: Rows, name: str) -> list[str]:
    """How much more it needs than PPM, and the interval of that."""
    low, high = spread(rows, name, "PPM")
    return [f"**{against(rows, name, 'PPM'):+.1%}**", f"{low:+.0%} … {high:+.0%}"]


def role_table(numbers: Mapping[str, Any]) -> str:
    """The same by role, all sets together."""
    every = [row for _, rows in _sets(numbers) for row in rows]
    roles = sorted({row["role"] for row in every})
    rows = []
    for role in roles:
        found = [row for row in every if row["role"] == role]
        names = ("network", ENGINE, "PPM", "PPM + repeats")
        figures = (f"{per_note(found, c):.3f}" for c in names)
        change = (f"{against(found, c, 'PPM'):+.1%}" for c in names[:2])
        rows.append([role, len(found), *figures, *change, f"{per_note(found, MORE[1]):.3f}"])
    head = ("role", "windows", "network", ENGINE, "PPM", "PPM + repeats", "network to PPM")
    return table((*head, "engine to PPM", "network, other parts"), rows)


def kind_table(numbers: Mapping[str, Any]) -> str:
    """Nats a note by what is decided."""
    rows = []
    for name, found in _sets(numbers):
        notes = sum(row["notes"] for row in found)
        cells = []
        for words in (("where", "more"), ("first",), ("lower",), ("length",)):
            ours, theirs = (
                sum(row[k][word] for row in found for word in words) / notes
                for k in ("kinds", "PPM kinds")
            )
            cells.append(f"{ours:.3f} / {theirs:.3f}")
        rows.append([name, *cells])
    assert KINDS == ("where", "more", "first", "lower", "length")
    return table(("network / PPM", "when, or the end", "pitch", "more of a chord", "length"), rows)


def _pairs(numbers: Mapping[str, Any]) -> list[tuple[str, Rows]]:
    known = numbers.get("pairs", {})
    return [(role, known[role]) for role in ("bass", "drums", "chords", "lead") if known.get(role)]


def pair_table(numbers: Mapping[str, Any]) -> str:
    """Accuracy by role."""
    rows = []
    for role, found in _pairs(numbers):
        works, costs = [row["work"] for row in found], [row["cost"] for row in found]
        low, high = interval(works, costs)
        figures = f"**{accuracy(costs):.1%}**", f"{low:.0%} … {high:.0%}"
        means = f"{fmean(row['right'] for row in found):.3f}", f"{fmean(costs):+.3f}"
        parts = f"{fmean(row['parts'] for row in found):.1f}"
        onsets = f"{accuracy([row['onsets'] for row in found]):.0%}"
        rows.append([role, len(found), len(set(works)), parts, *figures, *means, onsets])
    head = ("role", "pairs", "works", "parts around", "right", "95 %", "nats a note", "wrong costs")
    head += ("by onsets alone",)
    return table(head, rows) + "\n\n" + pair_sets(numbers)


def pair_sets(numbers: Mapping[str, Any]) -> str:
    """Accuracy by set."""
    known = _pairs(numbers)
    names = sorted({row["work"].split("/")[0] for _, found in known for row in found})
    rows = []
    for name in names:
        cells = []
        for _, found in known:
            costs = [row["cost"] for row in found if row["work"].startswith(f"{name}/")]
            cells.append(f"{accuracy(costs):.0%} of {len(costs)}" if costs else "")
        rows.append([name, *cells])
    return table(("set", *(role for role, _ in known)), rows)


def seam_table(numbers: Mapping[str, Any]) -> str:
    """Seam surprise of plain answers."""
    known = numbers.get("seams", {}).get("plain answers", {})
    rows = [
        [name, len(v), f"{fmean(v):+.2f}", f"{sum(x > 0 for x in v) / len(v):.0%}"]
        for name, v in known.items()
        if v
    ]
    return table(("next bar is", "bars", "nats above the true bar", "more surprising"), rows)


def cycle_table(numbers: Mapping[str, Any]) -> str:
    """Literal repeats."""
    known = numbers.get("cycles", {}).get("network", {})
    rows = []
    for name, row in known.items():
        words = "nothing: the real music" if name == "real" else f"every {name} bars"
        nats = row["nats"] / max(1, row["notes"])
        rows.append([words, row["answers"], row["notes"], f"{nats:.3f}"])
    return table(("prompt and answer repeat", "answers", "notes", "nats a note"), rows)


def told_table(numbers: Mapping[str, Any]) -> str:
    """Controls, right and wrong."""
    known = numbers.get("told", {}).get("controls", {})
    rows = [
        [
            kind,
            row["scenes"],
            *(f"{row[name]:.3f}" for name in ("right", "not told", "wrong")),
            f"{row['right is likelier']:.0%}",
        ]
        for kind, row in known.items()
    ]
    return table(("control", "scenes", "right", "not told", "wrong", "right is likelier"), rows)


def valid_table(numbers: Mapping[str, Any]) -> str:
    """Validation loss by set and task, nats a token; last nats a note over all tasks."""
    known = numbers.get("valid", {})
    rows = []
    for name in (*MAJOR, *UNSEEN):
        found = known.get(name) or {}
        if found:
            cells = [_token_nats(found.get(task)) for task in TASKS]
            nats = sum(one["nats"] for one in found.values())
            notes = sum(one["notes"] for one in found.values())
            rows.append([name, *cells, f"{nats / max(1, notes):.3f}"])
    return table(("set", *TASKS, "nats a note"), rows)


def _token_nats(one: Mapping[str, float] | None) -> str:
    return f"{one['nats'] / one['tokens']:.3f}" if one else ""


def storage_table(numbers: Mapping[str, Any]) -> str:
    """What each kind of weight file costs."""
    known = numbers.get("storage", {})
    figures = {name: one["nats"] / one["notes"] for name, one in known.items()}
    best = min(figures.values(), default=0.0)
    rows = [
        [name, f"{one['bytes'] / 1e6:.1f}", f"{figures[name]:.4f}", f"{figures[name] - best:+.4f}"]
        for name, one in sorted(known.items(), key=lambda item: -item[1]["bytes"])
    ]
    return table(("file", "MB", "nats a note", "above the best"), rows)


def continue_chart(numbers: Mapping[str, Any]) -> str:
    """Nats a note by set as a picture."""
    names = ("network", ENGINE, "PPM", "network, other parts")
    rows = [(s, {n: Mark(per_note(found, n)) for n in names}) for s, found in _sets(numbers)]
    return chart("Continuing eight bars of a part, held-out works", rows, Axis("nats a note"))


def pair_chart(numbers: Mapping[str, Any]) -> str:
    """Accuracy by role as a picture."""
    rows = []
    for role, found in _pairs(numbers):
        costs = [row["cost"] for row in found]
        ends = interval([row["work"] for row in found], costs)
        rows.append((role, {"right context is likelier": Mark(accuracy(costs), *ends)}))
    axis = Axis("share of pairs", 0.5, 1.0, PAIR_TARGET, percent=True)
    return chart("Right against wrong accompaniment, held-out works", rows, axis)
