# SPDX-License-Identifier: Apache-2.0
"""How near continuations come to what really followed, by role and by group of sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from continuing.metrics import NAMES, scores
from continuing.windows import Window

from generation.systems import Notes
from generation.windows import GROUPS

FEWEST_WINDOWS = 8  # of a group that is shown


def measured(windows: Sequence[Window], found: Sequence[Notes]) -> list[tuple[float, ...]]:
    """The seven numbers of each window; all but the entropy are 0 where nothing was written."""
    return [
        scores(notes, window.truth, window.prompt.notes, window.bar_beats)
        for window, notes in zip(windows, found, strict=True)
    ]


def table(windows: Sequence[Window], found: Mapping[str, Sequence[Notes]]) -> list[list[str]]:
    """A row for each system, over all groups."""
    rows = [["", *NAMES]]
    for name, notes in found.items():
        columns = zip(*measured(windows, notes), strict=True)
        rows.append([name, *(f"{fmean(column):.3f}" for column in columns)])
    return rows


def by_group(windows: Sequence[Window], found: Mapping[str, Sequence[Notes]]) -> list[list[str]]:
    """Note F1 and PCH overlap of each system in each group that has enough windows."""
    places = {
        group: [n for n, window in enumerate(windows) if window.group == group] for group in GROUPS
    }
    shown = {group: own for group, own in places.items() if len(own) >= FEWEST_WINDOWS}
    rows = [["note F1 / PCH", *(f"{group} ({len(own)})" for group, own in shown.items())]]
    for name, notes in found.items():
        values = measured(windows, notes)
        cells = [
            f"{fmean(values[n][0] for n in own):.3f} / {fmean(values[n][4] for n in own):.3f}"
            for own in shown.values()
        ]
        rows.append([name, *cells])
    return rows
