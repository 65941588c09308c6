# SPDX-License-Identifier: Apache-2.0
"""What the network gives real answers: nats of every token behind GEN.

Two numbers a token: under the plain softmax over the whole vocabulary, and under the softmax over
what the grammar allows there, as decoding uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.network import ROLLS, STRIKES, NetworkConfig
from models.tokens import vocabulary as v
from models.tokens.encode import encode
from models.tokens.grammar import Grammar
from models.tokens.home import moved_scene, scene_shift
from models.tokens.reading import tracker_behind
from models.tokens.rules import PartRules
from models.tokens.scene import Scene
from models.training.batches import Row, row_of, stack
from models.transformer import Transformer, load, logits_of

Array = np.ndarray[Any, Any]
BATCH_TOKENS = 4096
WIDE = PartRules(polyphony=128, max_notes=100_000, max_tokens=100_000, overhang_ticks=768)


@dataclass(frozen=True)
class Scored:
    """One answer.

    Attributes:
        tokens: (N,) all tokens behind GEN, BAR, ROLE and END included.
        nats: (N,) of each under the plain softmax.
        ruled: (N,) of each under the grammar's mask; the plain one where the real music breaks
            the rules. Empty when not asked for.
    """

    tokens: Array
    nats: Array
    ruled: Array

    @property
    def notes(self) -> int:
        """How many notes the answer has."""
        return int(((self.tokens >= v.PITCH) & (self.tokens < v.DUR)).sum())

    @property
    def total(self) -> float:
        """Nats of the whole answer."""
        return float(self.nats.sum())

    def by_bar(self) -> list[float]:
        """Nats of each bar."""
        starts = np.flatnonzero(self.tokens == v.BAR)
        return [float(piece.sum()) for piece in np.split(self.nats, starts[1:])]


class Scorer:
    """Scores scenes whose target cells hold the answer.

    Attributes:
        longest: tokens of the longest scene that the network was trained on.
    """

    def __init__(self, model: Transformer) -> None:
        self._model = model.eval()
        self.longest = model.config.context - 1

    @classmethod
    def of(cls, path: Path) -> Scorer:
        """Of a weight file, or of the averaged weights of a training's checkpoint (.pt)."""
        return cls(_checkpoint(path) if path.suffix == ".pt" else load(str(path)))

    def fits(self, scene: Scene) -> bool:
        """Whether the scene is no longer than what was trained on."""
        encoded = encode(scene)
        return len(encoded.context) + len(encoded.target) <= self.longest

    def __call__(self, scenes: Sequence[Scene], *, ruled: bool = False) -> list[Scored]:
        """All of them, in the order they come in."""
        scenes = [moved_scene(scene, scene_shift(scene)) for scene in scenes]  # as when used
        rows = [row_of(scene) for scene in scenes]
        order = sorted(range(len(rows)), key=lambda n: len(rows[n].tokens))
        found: dict[int, Scored] = {}
        for group in _groups(order, [len(row.tokens) for row in rows]):
            outputs = self._log_chances([rows[n] for n in group])
            for n, output in zip(group, outputs, strict=True):
                found[n] = _scored(scenes[n], rows[n], output, ruled=ruled)
        return [found[n] for n in range(len(rows))]

    def tables(self, scenes: Sequence[Scene]) -> Iterator[tuple[Scene, Array, Array]]:
        """Each scene as the network is told it, its tokens behind GEN, and log softmax (N, V)."""
        for scene in scenes:
            told = moved_scene(scene, scene_shift(scene))
            row = row_of(told)
            yield told, row.tokens[row.context :], self._log_chances([row])[0]

    @torch.inference_mode()
    def _log_chances(self, rows: list[Row]) -> list[Array]:
        """For each row log softmax (N, V) of what comes at each place behind GEN."""
        config = self._model.config
        known = {"rolls": config.interval_reach > 0, "strikes": config.onset_reach > 0}
        batch = stack(rows, causal=False, **known)
        logits = logits_of(self._model, batch)
        pieces = []
        for index, row in enumerate(rows):
            kept = logits[index, row.context - 1 : len(row.tokens) - 1].float()
            pieces.append(torch.log_softmax(kept, -1).numpy())
        return pieces


def _checkpoint(path: Path) -> Transformer:
    state = torch.load(path, map_location="cpu", weights_only=True)["average"]
    width = state["token.weight"].shape[1]
    layers = len({name.split(".")[1] for name in state if name.startswith("blocks.")})
    heads = width // state["blocks.0.query_norm.weight"].shape[0]
    config = NetworkConfig(
        v.SIZE,
        width,
        layers,
        heads,
        context=1025,
        interval_reach=_reach(state, "intervals.weight", ROLLS),
        echoes=len(state.get("echoes.weight", ())),
        onset_reach=_reach(state, "onsets.weight", STRIKES),
    )
    model = Transformer(config)
    model.load_state_dict(state)
    return model


def _reach(state: dict[str, torch.Tensor], name: str, sources: int) -> int:
    """How far the kernels of a checkpoint reach either way; 0 where it has none."""
    return len(state[name]) // sources // 2 if name in state else 0


def _groups(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Neighbours in `order` together, each group within `BATCH_TOKENS` after padding."""
    groups: list[list[int]] = []
    for n in order:
        if groups and (len(groups[-1]) + 1) * lengths[n] <= BATCH_TOKENS:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def _scored(scene: Scene, row: Row, log_chances: Array, *, ruled: bool) -> Scored:
    target = row.tokens[row.context :]
    nats = -log_chances[np.arange(len(target)), target].astype(np.float64)
    under = _under_rules(scene, row, log_chances, nats) if ruled else np.zeros(0)
    return Scored(target, nats, under)


def _under_rules(scene: Scene, row: Row, log_chances: Array, nats: Array) -> Array:
    """Nats when what the grammar forbids has no chance."""
    grammar = Grammar(scene, dict.fromkeys(range(len(scene.parts)), WIDE))
    ids = row.tokens.tolist()
    tracker = tracker_behind(ids[: row.context])
    found = nats.copy()
    for place, token in enumerate(ids[row.context :]):
        mask = np.frombuffer(bytes(grammar.allowed(tracker)), np.uint8).astype(bool)
        if mask[token]:
            found[place] += np.logaddexp.reduce(log_chances[place][mask].astype(np.float64))
        tracker.step(token)
    return found
