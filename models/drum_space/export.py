# SPDX-License-Identifier: Apache-2.0
"""A trained network as a weight file, with what is known of its space: where points lie, and ways.

Needs the neural extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from models import weights
from models.drum_space.attributes import directions, measure
from models.drum_space.definition import DrumNetwork
from models.drum_space.question import known
from models.drum_space.space import KIND, stored_shapes
from models.drum_space.twin import Twin
from models.drum_space.windows import Songs, stacked, template
from models.safetensors_file import Arrays
from models.training.trainer import Progress

Reals = NDArray[np.float32]

_WINDOWS = 4096
_AT_ONCE = 64


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
        hits, frame = stacked(drawn), template(metre, bars)
        points.append(twin.encode(known(hits).inputs(), frame)[0])
        measured.append(measure(hits, frame))
    found = np.concatenate(points)
    ways = directions(found, np.concatenate(measured))
    spread = found.std(axis=0).astype(np.float32)
    return {"space.mean": found.mean(axis=0), "space.spread": spread, "space.directions": ways}
