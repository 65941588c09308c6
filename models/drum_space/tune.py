# SPDX-License-Identifier: Apache-2.0
"""A drum space of one's own: the decoder of ours, tuned to a few files in a minute or two.

The encoder stays as it is, so that points keep their meaning: what was near in our space is near
in the new one. Some of our own patterns stay in the mix, so that the space does not shrink to
the few files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from models.clip import Clip
from models.corpus.readers import own_sources, read_source
from models.drum_space.corrupt import Mix
from models.drum_space.definition import DrumNetwork
from models.drum_space.export import export
from models.drum_space.space import DrumSpace
from models.drum_space.train import Batches, loss
from models.drum_space.windows import Song, Songs, pattern_songs, read_song
from models.errors import BadFile
from models.training.trainer import Plan, Task, Trainer

FEWEST_BARS = 4
STEPS = 300
BATCH = 48
OURS = 0.25  # share of our patterns beside the user's drums


@dataclass(frozen=True, slots=True)
class Tuning:
    """How to tune.

    Attributes:
        minutes: most time it may take.
        steps: most optimiser steps.
        seed: of the batches.
    """

    minutes: float = 1.5
    steps: int = STEPS
    seed: int = 0


def tune(
    space: DrumSpace,
    folder: Path,
    path: Path,
    tuning: Tuning,
    report: Callable[[float], None] = lambda share: None,
) -> str:
    """Tune a space's decoder to the drums in a folder of MIDI files; the sha256 of the new weights.

    Args:
        space: where to begin, ours as a rule.
        folder: MIDI files, at any depth; their drum tracks are used.
        path: of the weight file to write.
        tuning: how long and how.
        report: told the share that is done.

    Raises:
        BadFile: the files hold fewer than four bars of drums, or can't be read.
    """
    own = list(_songs(drum_clips(folder)))
    bars = sum(len(song.hits.hits) / song.bar_steps for song in own)
    if bars < FEWEST_BARS:
        raise BadFile(
            f"{folder} holds {bars:.0f} bars of drums; add MIDI files with at least "
            f"{FEWEST_BARS} (drums on channel 10, or a track named for them).",
            where=str(folder),
        )
    songs = Songs([*own, *pattern_songs()], {"own": 1 - OURS, "patterns": OURS})
    network = thawed(space)
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        trainer = _trainer(network, songs, Path(place), tuning)
        trainer.run(lambda _: report(trainer.share))
    assert isinstance(trainer.average, DrumNetwork)
    card = {"tuned_from": space.sha256, "files": str(len(own)), "bars": f"{bars:.0f}"}
    return export(trainer.average, songs, path, "int8", trainer.progress, card)


def drum_clips(folder: Path) -> Iterator[Clip]:
    """The drum tracks of all MIDI files in a folder."""
    for source in own_sources(folder):
        piece = read_source(source).piece
        if piece is not None:
            yield from (part.clip for part in piece.parts if part.clip.kind == "drums")


def _songs(clips: Iterable[Clip]) -> Iterator[Song]:
    """Clips with hits, as songs whose dynamics and timing may be learned."""
    for clip in clips:
        song = read_song(clip, "own", played=True)
        if song.hits.hits.any():
            yield song


def thawed(space: DrumSpace) -> DrumNetwork:
    """The torch network of a space, its encoder frozen."""
    network = DrumNetwork(space.twin.config)
    arrays = {name: torch.from_numpy(array.copy()) for name, array in space.twin.arrays.items()}
    network.load_state_dict(arrays)
    network.encoder.requires_grad_(False)
    return network


def _trainer(network: DrumNetwork, songs: Songs, out: Path, tuning: Tuning) -> Trainer:
    batches = Batches(songs, tuning.seed, BATCH, Mix(lanes=0.1, bars=0.1, turn=0.05, flips=0.05))
    plan = Plan(
        steps=tuning.steps,
        minutes=tuning.minutes,
        learning_rate=5e-4,
        warm_up=20,
        weight_decay=0.01,
        ema=0.98,
        validate_every=tuning.steps,
        checkpoint_every=tuning.steps,
    )
    return Trainer(network, Task(loss, batches.batches_from), plan, out, clock=time.monotonic)
