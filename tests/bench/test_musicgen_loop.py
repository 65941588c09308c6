# SPDX-License-Identifier: Apache-2.0
"""What the speed of MusicGen is measured against."""

import pytest
import tiny_musicgen as tiny

from models.musicgen.config import NetworkSizes

# Layers, width, heads, and gigabytes that a step reads without any past: 14 d² a layer in half
# precision, and the heads.
PUBLISHED = {
    "small": (24, 1024, 16, 0.74),
    "medium": (48, 1536, 24, 3.22),
    "large": (48, 2048, 32, 5.70),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_a_step_reads(name):
    tiny.need()
    from musicgen_loop.limits import step_bytes
    from musicgen_loop.shapes import SIZES

    layers, width, heads, wanted = PUBLISHED[name]
    assert SIZES[name] == (layers, width, heads, 1)
    weights = tiny.nowhere(NetworkSizes(layers, width, heads, 4 * width, 4, 2048, 1, 768))
    assert step_bytes(weights, 2, 0) / 1e9 == pytest.approx(wanted, rel=0.01)
    kept = step_bytes(weights, 2, 1500) - step_bytes(weights, 2, 0)
    assert kept == 2 * 2 * layers * width * 1500 * 2


def test_the_systems_make_the_same_steps():
    """Ours and transformers run on one set of weights, and do as many steps as they are asked."""
    tiny.need()
    import torch
    from musicgen_loop.shapes import shape
    from musicgen_loop.systems import LEAD, Eager, Ours

    made = shape("tiny", "cpu", torch.float32)
    ours, seen = Ours(made, "cpu"), []
    one_step = made.ours.stepper.step
    made.ours.stepper.step = lambda *args: seen.append(1) or one_step(*args)
    assert ours.seconds(6) > 0
    assert len(seen) == LEAD + 6
    forward, calls = made.theirs.decoder.forward, []
    made.theirs.decoder.forward = lambda *args, **given: calls.append(1) or forward(*args, **given)
    assert Eager(made, "cpu").seconds(6) > 0
    # A generation has one pass more than steps; both of its runs have it, so it is not counted.
    assert len(calls) - 2 * LEAD in {6, 8}
    ids = made.theirs.decoder.lm_heads[2].weight
    assert torch.equal(made.ours.weights.heads[2 * 2048 : 3 * 2048], ids)
