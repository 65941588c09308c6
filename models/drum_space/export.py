# SPDX-License-Identifier: Apache-2.0
"""A trained network as a weight file, with what is known of its space: where points lie, and ways.

Needs the neural extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from models import weights
from models.drum_space.attributes import ATTRIBUTES, directions, measure
from models.drum_space.config import LANE_COUNT
from models.drum_space.definition import DrumNetwork
from models.drum_space.question import known
from models.drum_space.space import ABOUT, GROOVES, KIND, DrumSpace, Noise, Terms, stored_shapes
from models.drum_space.twin import Twin
from models.drum_space.windows import Songs, template
from models.metre import Metre
from models.percussion.hits import Hits
from models.safetensors_file import Arrays
from models.training.trainer import Progress

Reals = NDArray[np.float32]

_WINDOWS = 4096
_AT_ONCE = 64
_TRIED = 256  # points from which directions are given their length


def export(
    model: DrumNetwork,
    songs: Songs,
    path: Path,
    storage: weights.Storage,
    state: Progress | None = None,
    card: Mapping[str, str] | None = None,
) -> str:
    """Write a weight file that `DrumSpace.read` reads, and give its sha256.

    Args:
        model: the network, trained.
        songs: training windows, from which the space is measured.
        path: of the file.
        storage: fp32, fp16 or int8.
        state: how far the training went.
        card: more for the file to say of itself.
    """
    arrays = {name: tensor.float().numpy() for name, tensor in model.state_dict().items()}
    arrays |= surveyed(Twin(model.config, arrays), songs)
    about = {"kind": KIND, "made": date.today().isoformat(), **(card or {})}
    if state is not None and state.points:
        about |= {"steps": str(state.step), "valid_nats_per_step": f"{state.points[-1].valid:.4f}"}
    packed = weights.packed(arrays, stored_shapes(model.config), storage)
    return weights.write_stored(path, packed, {**about, weights.CONFIG: model.config.to_json()})


def surveyed(twin: Twin, songs: Songs, windows: int = _WINDOWS) -> Arrays:
    """Mean and spread of the points of training windows, and the attributes' directions."""
    rng = Random(11)
    points: list[Reals] = []
    measured: list[Reals] = []
    for _ in range(max(1, windows // _AT_ONCE)):
        metre, bars = songs.shape(rng)
        drawn = [songs.draw(rng, metre, bars)[0] for _ in range(_AT_ONCE)]
        hits, frame = Hits.stacked(drawn), template(metre, bars)
        points.append(twin.encode(known(hits).inputs(), frame)[0])
        measured.append(measure(hits, frame))
    found, truth = np.concatenate(points), np.concatenate(measured)
    mean, spread = found.mean(axis=0), found.std(axis=0).astype(np.float32)
    order = np.array(rng.choices(range(len(found)), k=GROOVES))
    plain = DrumSpace(twin, mean, spread, directions(found, truth), found[order], {}, "")
    tried = Hits.stacked(songs.draw(rng, Metre(), 2)[0] for _ in range(_TRIED))
    there = twin.encode(known(tried).inputs(), template(Metre(), 2))[0]
    plain = replace(plain, directions=plain.directions / effect(plain, there, truth)[:, None])
    return {f"space.{name}": getattr(plain, name) for name in ABOUT}


def effect(space: DrumSpace, points: Reals, measured: Reals) -> Reals:
    """By how many standard deviations each direction really moves its attribute, one way or other.

    Decoded patterns move less than points promise; a slider's unit is what is heard.
    """
    frame, noise = template(Metre(), 2), Noise.drawn(np.random.default_rng(11), 32)
    terms = Terms(np.ones(LANE_COUNT, bool))
    found, unit = [], measured.std(axis=0)
    for number, name in enumerate(ATTRIBUTES):
        ends = [space.moved(points, {name: amount}) for amount in (-1.0, 1.0)]
        low, high = (measure(space.decode(e, frame, terms, noise), frame) for e in ends)
        found.append((high - low)[:, number].mean() / 2 / max(float(unit[number]), 1e-6))
    return np.clip(np.array(found, np.float32), 1 / 3, 3)
