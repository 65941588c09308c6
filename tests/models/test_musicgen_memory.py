# SPDX-License-Identifier: Apache-2.0
"""What a generation is foreseen to need, and the steps back where there is too little."""

import pytest

from models.musicgen.config import CodecSizes, Config, NetworkSizes
from models.musicgen.memory import (
    SPARE_BYTES,
    Rung,
    Weight,
    free_bytes,
    ladder,
    matrix_numbers,
    needed_bytes,
    told,
    weight,
)

CODEC = CodecSizes(32_000, (8, 5, 4, 4), 128, 64, 7, 7, 3, 1, 2, {})


def config(layers, width, chroma=0):
    sizes = NetworkSizes(layers, width, width // 64, 4 * width, 4, 2048, 1, 768, chroma)
    return Config(sizes, CODEC, {})


SMALL, MEDIUM = config(24, 1024), config(48, 1536)
HALF = Rung("musicgen-medium", "cuda", "float16", 4)


@pytest.mark.parametrize(
    ("made", "millions"), [(SMALL, 403), (MEDIUM, 1812), (config(48, 1536, 12), 1359)]
)
def test_matrices_of_the_published_sizes(made, millions):
    """16 d² a layer, 12 d² without attention to the text."""
    assert round(matrix_numbers(made.network) / 1e6) == millions


def test_what_is_not_a_matrix_stays_float32():
    tensors = [("decoder.layers", matrix_numbers(SMALL.network)), ("text_encoder.shared", 1000)]
    assert weight(SMALL, tensors) == Weight(matrix_numbers(SMALL.network), 1000)


def test_thirty_seconds_of_medium_take_what_its_numbers_say():
    heavy = Weight(matrix_numbers(MEDIUM.network), 200_000_000)
    one = needed_bytes(MEDIUM, heavy, Rung("medium", "cuda", "float16", 1), 1504)
    cache = 2 * 48 * 2 * 1536 * 1536 * 2  # keys and values, two streams, rounded up slots
    held = heavy.matrices * 2 + heavy.fine * 4
    assert one - SPARE_BYTES["cuda"] == pytest.approx(held + cache, rel=0.01)
    four = needed_bytes(MEDIUM, heavy, Rung("medium", "cuda", "float16", 4), 1504)
    assert four - one == pytest.approx(3 * cache, rel=0.02)
    alone = Rung("medium", "cuda", "float16", 1)
    assert needed_bytes(MEDIUM, heavy, alone, 1504, guided=False) < one


def test_the_ladder_goes_down_in_the_order_that_hurts_least():
    full = Rung("musicgen-medium", "cuda", "float32", 4)
    rungs = list(ladder(full, ["musicgen-small"]))
    assert [(r.batch, r.dtype, r.model, r.device) for r in rungs] == [
        (4, "float32", "musicgen-medium", "cuda"),
        (2, "float32", "musicgen-medium", "cuda"),
        (1, "float32", "musicgen-medium", "cuda"),
        (1, "float16", "musicgen-medium", "cuda"),
        (1, "float16", "musicgen-small", "cuda"),
        (1, "float32", "musicgen-small", "cpu"),
        (1, "bfloat16", "musicgen-small", "cpu"),
    ]


def test_each_step_needs_less():
    places = {"musicgen-medium": MEDIUM, "musicgen-small": SMALL}
    needs = []
    for rung in ladder(
        Rung("musicgen-medium", "cuda", "float32", 8), ["musicgen-small"], cpu=False
    ):
        made = places[rung.model]
        heavy = Weight(matrix_numbers(made.network), 200_000_000)
        needs.append(needed_bytes(made, heavy, rung, 1504))
    assert needs == sorted(needs, reverse=True)
    assert len(set(needs)) == len(needs) == 6


def test_what_was_given_up_is_told():
    assert told(HALF, HALF) == ()
    taken = Rung("/music/musicgen-small", "cpu", "float32", 1)
    words = " ".join(told(HALF, taken))
    assert "musicgen-small instead of musicgen-medium" in words
    assert "on the CPU" in words
    assert "1 of 4 takes at once" in words
    half = told(Rung("m", "cuda", "float32", 1), Rung("m", "cuda", "float16", 1))
    assert half == ("half precision, for lack of memory",)


def test_free_memory_of_this_machine():
    free = free_bytes("cpu")
    assert free is None or 2**20 < free < 2**50
    assert free_bytes("mps") is None
