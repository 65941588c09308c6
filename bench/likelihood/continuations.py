# SPDX-License-Identifier: Apache-2.0
"""Nats a note of what really followed eight bars: the network against the baselines, by set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from likelihood.baselines import NAMES, fit, nats
from likelihood.plainly import WholeMemory, learned
from likelihood.remembered import nats_remembered
from likelihood.scoring import Scorer
from likelihood.windows import Window, continuation, playing, rank, windows
from models.corpus.sets import set_named
from models.corpus.shards import SUFFIX, Shard
from models.memory.ppm import Memory
from models.memory.stream import KINDS, Line
from models.tokens import vocabulary as v
from models.tokens.grid import grid_bars
from models.tokens.scene import Part, Scene

FIT_WINDOWS = 30
GENERAL_SETS = (  # the long-term memory of all music has so many notes of each
    *("groove", "freedoom", "simutrans", "avmidi", "openewld-pd", "openscore-lieder"),
    *("openscore-quartets", "openhymnal", "jsb-chorales", "fiddle-tunes", "mutopia"),
    "mma-accompaniments",
)


def drawn(corpus: Path, set_name: str, split: str, count: int) -> Iterator[tuple[Window, int]]:
    """Windows and the part of each that is continued; the part is drawn by hash too."""
    found = 0
    for window in windows(corpus, set_name, split):
        parts = playing(window)
        if not parts:
            continue
        yield window, min(parts, key=lambda part: rank(window.name, part))
        found += 1
        if found == count:
            return


def lines(corpus: Path, set_name: str) -> Iterator[tuple[Line, int]]:
    """All parts of the training works of a set in the order of a hash, and the tonics."""
    shard = Shard(corpus / f"{set_name}.train{SUFFIX}")
    for number in sorted(
        range(len(shard)), key=lambda n: rank(set_name, shard.entries[n].label.path)
    ):
        piece = shard.piece(number)
        if not piece.parts or piece.label.grid == "none":
            continue
        grid = grid_bars(piece.parts[0].clip.bars(0.0, piece.length_beats))
        tonic = piece.label.key.tonic if piece.label.key else 0
        for part in piece.parts:
            yield Line.of(Part(part.role, part.clip), grid), tonic


def memory_of_all(corpus: Path, notes: int) -> Memory:
    """The long-term memory of music of every kind that may ship."""
    names = (name for name in GENERAL_SETS if (corpus / f"{name}.train{SUFFIX}").exists())
    memory: Memory = WholeMemory()
    for name in names:
        learned(lines(corpus, name), notes, memory)
    return memory


def with_others(scorer: Scorer, window: Window, part: int) -> Scene:
    """The continuation with as many other parts as fit, those with the fewest notes first."""
    others = sorted(
        (n for n in range(len(window.parts)) if n != part),
        key=lambda n: len(window.parts[n].clip.notes),
    )
    scene, chosen = continuation(window, part), []
    for other in others:
        wider = continuation(window, part, [*chosen, other])
        if scorer.fits(wider):
            scene = wider
            chosen.append(other)
    return scene


def chosen(corpus: Path, set_name: str, scorer: Scorer, count: int) -> list[tuple[Window, int]]:
    """Held-out windows and the part of each, without those that the network has no room for."""
    every = drawn(corpus, set_name, "test", count)
    return [(window, part) for window, part in every if scorer.fits(continuation(window, part))]


def network(chosen: Sequence[tuple[Window, int]], scorer: Scorer) -> dict[str, dict[str, Any]]:
    """What the network needs for each window, alone and with the other parts."""
    scenes = [continuation(*one) for one in chosen]
    alone = scorer(scenes, ruled=True)
    remembered = nats_remembered(scenes, scorer)
    wider = scorer([with_others(scorer, *one) for one in chosen])
    rows = {}
    every = zip(chosen, alone, wider, remembered, strict=True)
    for (window, part), one, more, kept in every:
        rows[window.name] = {
            "work": window.label.work,
            "role": window.parts[part].role,
            "notes": one.notes,
            "network": one.total,
            "engine: network + memory": kept,
            "network, grammar": float(one.ruled.sum()),
            "network, other parts": more.total,
            "kinds": kinds_of(one),
        }
    return rows


def kinds_of(scored: Any) -> dict[str, float]:
    """The network's nats in the baselines' kinds; WHERE and MORE are one choice here."""
    found = dict.fromkeys(KINDS, 0.0)
    struck = False
    for token, cost in zip(scored.tokens.tolist(), scored.nats.tolist(), strict=True):
        pitch = v.PITCH <= token < v.DUR
        if pitch:
            found["lower" if struck else "first"] += cost
        elif v.DUR <= token < v.VEL:
            found["length"] += cost
        else:
            found["where"] += cost
        struck = pitch or v.DUR <= token < v.VEL
    return found


def baselines(
    corpus: Path, set_name: str, chosen: Sequence[tuple[Window, int]], general: Memory, notes: int
) -> dict[str, dict[str, Any]]:
    """What the baselines need, with the network's data; where that lacks the set, with it too.

    Args:
        corpus: its folder.
        set_name: of the windows.
        chosen: windows and parts.
        general: the long-term memory of music of every kind.
        notes: of the set's training works in the long-term memory of the set.
    """
    own = learned(lines(corpus, set_name), notes)
    seen = set_named(set_name).may_ship
    known = (own, general) if seen else (general,)
    valid = [line_of(*one) for one in drawn(corpus, set_name, "valid", FIT_WINDOWS)]
    fitted = fit(valid, known)
    inside = None if seen else fit(valid, (own, general))
    rows = {}
    for window, part in chosen:
        one = line_of(window, part)
        found = nats(*one, known, fitted)
        row: dict[str, Any] = {name: sum(found[name].values()) for name in NAMES}
        row["PPM kinds"] = found["PPM"]
        if inside is not None:
            row["PPM, trained on the set"] = sum(nats(*one, (own, general), inside)["PPM"].values())
        rows[window.name] = row
    return rows


def line_of(window: Window, part: int) -> tuple[Line, int, int]:
    """A part as the baselines read it: its line, the tonic told, the first bar of the answer."""
    scene = continuation(window, part)
    return Line.of(scene.parts[0], scene.bars), (scene.key or 0) % 12, scene.cells[0].bar
