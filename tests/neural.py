# SPDX-License-Identifier: Apache-2.0
"""What the tests of the clip network share: small networks, inputs, music, and a guard.

A missing library skips these tests at home, but fails them where CI is set.
"""

import importlib
import os
from random import Random

import pytest

from models.clip import Clip, Note
from models.metre import Metre
from models.network import PLACES, ROLLS, STRIKES, NetworkConfig
from models.tokens.vocabulary import SIZE
from models.training.augment import Source

SMALL = NetworkConfig(vocabulary=50, width=32, layers=2, heads=2, context=64)
KERNELS = NetworkConfig(SIZE, width=64, layers=2, heads=2, context=64, interval_reach=3)


def need(name):
    """The module, or a skip; in CI a failure."""
    if os.environ.get("CI"):
        return importlib.import_module(name)
    return pytest.importorskip(name)


def need_torch():
    """Torch with one thread."""
    torch = need("torch")
    torch.set_num_threads(1)
    return torch


def lively(config=SMALL, seed=0):
    """A torch network whose every weight matters, gains included."""
    torch = need_torch()
    from models.transformer import Transformer

    torch.manual_seed(seed)
    model = Transformer(config).eval()
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.15)
        else:
            torch.nn.init.uniform_(weight, 0.5, 1.5)
    return model


def inputs(rows, length, config=SMALL, seed=0):
    """Random tokens, features and sounding pitches in numpy."""
    np = need("numpy")
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, config.vocabulary, (rows, length)),
        np.stack([rng.integers(0, size, (rows, length)) for _, size in config.features], -1),
        (rng.random((rows, length, 128)) < 0.05).astype(np.uint8),
    )


def rolls(rows, length, seed=0):
    """Random rolls in numpy; at every third place there are none."""
    np = need("numpy")
    rng = np.random.default_rng(seed)
    found = (rng.random((rows, length, ROLLS, 128)) < 0.05).astype(np.uint8)
    found[:, ::3] = 0
    return found


def strikes(rows, length, seed=0):
    """Random strikes in numpy; at every third place there are none."""
    np = need("numpy")
    rng = np.random.default_rng(seed)
    found = (rng.random((rows, length, STRIKES, PLACES)) < 0.05).astype(np.uint8)
    found[:, ::3] = 0
    return found


def song(seed=0, bars=16, metre="4/4", voices=False):
    """A made-up piece with some parts, or with four voices."""
    rng = Random(seed)
    numerator, denominator = map(int, metre.split("/"))
    frame = Metre(numerator, denominator)
    roles = "SATB" if voices else ("lead", "bass", "chords", "drums")
    parts = []
    for index, role in enumerate(roles):
        notes = [
            Note(rng.randrange(40 + 6 * index, 60 + 6 * index), beat, 0.5, rng.randrange(50, 110))
            for beat in map(float, range(int(bars * frame.bar_beats)))
            if rng.random() < 0.8
        ]
        kind = "drums" if role == "drums" else "melodic"
        parts.append((role, Clip(tuple(notes), bars * frame.bar_beats, metre=frame, kind=kind)))
    return Source(tuple(parts), key=0)


def stored(model, folder, storage="fp32"):
    """A network's weights, written to a file and read back."""
    from models import weights
    from models.transformer import tensors

    path = folder / f"{storage}.safetensors"
    arrays = {name: tensor.numpy() for name, tensor in tensors(model).items()}
    weights.write(path, arrays, model.config, storage)
    return weights.read(path)


def places(known):
    """What is known (N, T, S, P) as training gives it: where there is some, row by row."""
    torch = need_torch()
    flat = known.reshape(-1, *known.shape[2:])
    due = flat.any(axis=(1, 2)).nonzero()[0]
    return torch.from_numpy(due), torch.from_numpy(flat[due])
