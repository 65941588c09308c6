# SPDX-License-Identifier: Apache-2.0
"""What is told and what it is worth: right and wrong controls, the loss by set and task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from likelihood.continuations import drawn
from likelihood.scoring import Scorer
from likelihood.windows import Window, continuation, rank
from models.corpus.shards import SUFFIX, Shard
from models.corpus.styles import style_of
from models.tokens.controls import measured
from models.tokens.encode import lay_out
from models.tokens.scene import Controls, Scene
from models.tokens.vocabulary import DRUM_ROLES, STYLES, TASKS
from models.training.objectives import example, source_of

TRIES = 4  # draws for each example wanted
Told = Callable[[Scene], Scene]


def told(scene: Scene, kind: str, wrong: bool) -> Scene | None:
    """The scene with one control of each cell as it measures, or clearly otherwise."""
    layout = lay_out(scene)
    cells = []
    for cell in scene.cells:
        value = _VALUES[kind](measured(layout, cell), wrong)
        if value is None:
            return None
        cells.append(replace(cell, controls=value))
    return replace(scene, cells=tuple(cells))


def _density(known: Controls, wrong: bool) -> Controls | None:
    density = known.density
    if not density:
        return None
    return Controls(density=density if not wrong else density + 2 if density < 4 else density - 2)


def _polyphony(known: Controls, wrong: bool) -> Controls | None:
    voices = known.polyphony
    if voices is None:
        return None
    return Controls(polyphony=voices if not wrong else voices + 2 if voices < 3 else voices - 2)


def _range(known: Controls, wrong: bool) -> Controls | None:
    low, high = known.low_pitch, known.high_pitch
    if low is None or high is None:
        return None
    shift = 0 if not wrong else 12 if high < 84 else -12
    return Controls(low_pitch=low + shift, high_pitch=high + shift)


def _similarity(known: Controls, wrong: bool) -> Controls | None:
    value = known.similarity
    if value is None:
        return None
    return Controls(similarity=value if not wrong else 0 if value > 1 else 4)


_VALUES = {
    "density": _density,
    "polyphony": _polyphony,
    "range": _range,
    "similarity": _similarity,
}


def _key(window: Window, scene: Scene, wrong: bool) -> Scene | None:
    """The key of the whole piece, or the one a tritone away."""
    key = window.label.key
    if key is None or all(scene.parts[c.part].role in DRUM_ROLES for c in scene.cells):
        return None
    tonic = (key.tonic + 6 * wrong) % 12
    return replace(scene, key=tonic + 12 * key.minor)


def _style(window: Window, scene: Scene, wrong: bool) -> Scene | None:
    """The style of the piece, or another drawn by hash."""
    style = style_of(window.label)
    if style is None:
        return None
    others = sorted((s for s in STYLES if s != style), key=lambda s: rank(window.name, s))
    return replace(scene, style=others[0] if wrong else style)


def measure(corpus: Path, sets: Sequence[str], scorer: Scorer, count: int) -> dict[str, Any]:
    """By kind of control: nats a note told right, not told, told wrong; share right < wrong."""
    chosen = [(w, continuation(w, p)) for s in sets for w, p in drawn(corpus, s, "test", count)]
    result: dict[str, Any] = {}
    for kind in ("key", "style", *_VALUES):
        triples = [three for w, scene in chosen if (three := _three(w, scene, kind)) is not None]
        triples = [three for three in triples if all(map(scorer.fits, three))]
        scored = scorer([scene for three in triples for scene in three])
        rights, nones, wrongs = scored[::3], scored[1::3], scored[2::3]
        notes = sum(one.notes for one in rights)
        better = [r.total < w.total for r, w in zip(rights, wrongs, strict=True)]
        result[kind] = {
            "scenes": len(triples),
            "right": sum(one.total for one in rights) / max(1, notes),
            "not told": sum(one.total for one in nones) / max(1, notes),
            "wrong": sum(one.total for one in wrongs) / max(1, notes),
            "right is likelier": sum(better) / max(1, len(better)),
        }
    return result


def _three(window: Window, scene: Scene, kind: str) -> tuple[Scene, Scene, Scene] | None:
    """Told right, not told, told wrong."""
    if kind == "key":
        right, wrong = _key(window, scene, False), _key(window, scene, True)
        plain = replace(scene, key=None)
    elif kind == "style":
        right, wrong, plain = _style(window, scene, False), _style(window, scene, True), scene
    else:
        right, wrong, plain = told(scene, kind, False), told(scene, kind, True), scene
    return None if right is None or wrong is None else (right, plain, wrong)


def validation(corpus: Path, set_name: str, scorer: Scorer, count: int) -> dict[str, Any]:
    """By task: nats a token and a note of examples as in training, of validation works."""
    path = corpus / f"{set_name}.valid{SUFFIX}"
    if not path.exists():
        return {}
    shard, result = Shard(path), {}
    for task in TASKS:
        scenes = list(_examples(shard, task, count, scorer))
        scored = scorer(scenes)
        if scored:
            result[task] = {
                "examples": len(scored),
                "tokens": sum(len(one.tokens) for one in scored),
                "notes": sum(one.notes for one in scored),
                "nats": sum(one.total for one in scored),
            }
    return result


def _examples(shard: Shard, task: str, count: int, scorer: Scorer) -> Iterator[Scene]:
    found = 0
    for number in range(count * TRIES):
        rng = Random(f"{shard.path.name}/{task}/{number}")
        source = source_of(shard.piece(rng.randrange(len(shard))))
        scene = example(source, rng, {task: 1.0}, augment=False)
        if scene is not None and scene.task == task and scorer.fits(scene):
            yield scene
            found += 1
        if found == count:
            return
