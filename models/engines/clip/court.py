# SPDX-License-Identifier: Apache-2.0
"""Court: the distance of a candidate to a reference, which orders the candidates of one ask.

The reference of a number is what the source clip measures, drawn towards what music of that role
measures in the corpus (`bands`). The distance is two-sided: listeners were found to prefer what is
near real music in such numbers (Pearce & Wiggins 2007, Wu & Yang 2020), not what is extreme in
one. For the same reason the likelihood under the network counts by its distance to the usual:
the likeliest candidates are those that repeat themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean
from types import MappingProxyType

from models.engines.clip.ask import Cells
from models.engines.clip.bands import bands
from models.engines.clip.company import company
from models.engines.clip.footing import footing, hearing_of
from models.engines.clip.gates import Look, asked_density, faults
from models.engines.clip.passage import Line, source_lines, written_lines
from models.engines.clip.portrait import Portrait, heard_classes, home, kinship, portrait
from models.engines.clip.shortfall import missed
from models.engines.clip.voices import part_writing
from models.tokens.encode import lay_out
from models.tokens.scene import Scene

# What is measured, by the sides of music that count apart, each with its weight. Features of a
# side share its weight, so that six ways to measure rhythm don't outvote one of harmony.
SIDES: Mapping[str, tuple[float, tuple[str, ...]]] = MappingProxyType(
    {
        "melody": (1.0, ("interval", "steps", "leaps", "same", "turns", "seam")),
        "tones": (1.0, ("entropy", "variety", "shared", "foreign", "harsh")),
        "rhythm": (
            1.0,
            ("density", "length", "offbeat", "syncopation", "fine", "empty", "beats_shared"),
        ),
        "form": (1.0, ("groove", "repeat")),
        "space": (0.5, ("centre", "chord")),
        "harmony": (1.5, ("chord_tones", "clashes", "consonance", "common")),
        "chords": (1.5, ("in_chord", "rooted")),
        "ensemble": (0.5, ("with_drums", "with_tuned", "with_drums_pace", "with_tuned_pace")),
    }
)
W_WISHES, W_VOICES = 1.0, 1.0
_USUAL = 0.2  # distance of real music to its own band: for what a candidate can't be measured by
_FEWEST_HITS = 4  # a source with fewer notes is no reference


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of one candidate.

    Attributes:
        cost: distance to the reference; the lowest is best.
        faults: what the gates found.
        terms: what the cost is made of, for those who tune it.
    """

    cost: float
    faults: tuple[str, ...]
    terms: Mapping[str, float]


class Court:
    """Judges the candidates of one scene; what they share is measured once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._layout = lay_out(scene)
        self._source = source_lines(self._layout)
        tuned = [line for line in self._source if not line.drums]
        self._heard = heard_classes(line.hits(range(len(line.bars))) for line in tuned)
        self._targets = sorted({cell.part for cell in scene.cells})
        self._chords = hearing_of(self._source, self._targets, scene.key)
        self._known = {part: self._bars_known(part) for part in self._targets}
        self._before = {part: self._source_portraits(part) for part in self._targets}

    def verdict(self, cells: Cells, surprise: float = 0.0) -> Verdict:
        """Gates and cost of one candidate.

        Args:
            cells: the new notes of each of the scene's cells.
            surprise: what its likelihood under the network adds to the cost.
        """
        lines = written_lines(self._layout, cells, self._source)
        looks = {part: self._look(lines, part) for part in self._targets}
        rows = [self._distances(lines, part, look) for part, look in looks.items()]
        terms = {name: fmean(row[name] for row in rows) for name in rows[0]}
        terms["voices"] = W_VOICES * part_writing(lines, self._targets, self._scene.key)
        terms["surprise"] = surprise
        found = dict.fromkeys(fault for look in looks.values() for fault in faults(look))
        return Verdict(sum(terms.values()), tuple(found), terms)

    def _bars_known(self, part: int) -> tuple[int, ...]:
        """The bars of the source, from its first to its last note; none where it says little."""
        line = self._source[part]
        new = {c.bar for c in self._scene.cells if c.part == part and c.hint == "nothing"}
        heard = [n for n, bar in enumerate(line.bars) if bar.hits and n not in new]
        if not heard or len(line.hits(heard)) < _FEWEST_HITS:
            return ()
        return tuple(n for n in range(heard[0], heard[-1] + 1) if n not in new)

    def _source_portraits(self, part: int) -> Portrait:
        known = self._known[part]
        if not known:
            return {}
        line = self._source[part]
        return portrait(line, known) | company(line, known, _others(self._source, part))

    def _look(self, lines: Sequence[Line], part: int) -> Look:
        cells = [cell for cell in self._scene.cells if cell.part == part]
        return Look(
            lines[part],
            tuple(cell.bar for cell in cells),
            self._source[part],
            self._known[part],
            tuple(cell.controls for cell in cells),
            all(cell.hint != "nothing" for cell in cells),
        )

    def _distances(self, lines: Sequence[Line], part: int, look: Look) -> dict[str, float]:
        """The terms of one part."""
        band = bands(look.line.role)
        before = dict(self._before[part])
        if asked := asked_density(look):
            before["density"] = log2(asked)
        found = portrait(look.line, look.places)
        found |= company(look.line, look.places, _others(lines, part))
        found |= kinship(look.line, look.places, look.source, look.known)
        found |= footing(look.line, look.places, self._chords)
        found |= home(look.line, look.places, self._heard)
        away = {
            name: band[name].distance(value, before.get(name))
            for name, value in found.items()
            if name in band
        }
        terms = {side: weight * _side(away, names) for side, (weight, names) in SIDES.items()}
        return {**terms, "wishes": W_WISHES * missed(look)}


def _side(away: Mapping[str, float], names: Sequence[str]) -> float:
    """Mean distance of a side's features that could be measured."""
    known = [away[name] for name in names if name in away]
    return fmean(known) if known else _USUAL


def _others(lines: Sequence[Line], part: int) -> list[Line]:
    return [line for place, line in enumerate(lines) if place != part]
