# SPDX-License-Identifier: Apache-2.0
"""Drawing tokens: seeds, batches, windows, stopping, and what the cache is read in."""

import pytest
import tiny_musicgen as tiny

PROMPT = "dusty rhodes"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    tiny.need()
    from models.musicgen.model import MusicGen

    return MusicGen.read(tiny.save(tmp_path_factory.mktemp("checkpoint"), tiny.build()))


def ask(seeds=(1,), frames=20, prompt=PROMPT, known=None, **how):
    from models.musicgen.model import Ask
    from models.musicgen.sampling import Sampling

    return Ask((prompt,) * len(seeds), frames, tuple(seeds), Sampling(**how), known)


def made(ours, *args, **kwargs):
    from models.musicgen.model import whole

    return whole(ours, ask(*args, **kwargs))


def test_a_seed_gives_the_same_tokens_and_another_others(ours):
    first = made(ours)
    assert (first == made(ours)).all()
    assert (first != made(ours, (2,))).any()


def test_a_take_does_not_depend_on_the_others_beside_it(ours):
    together = made(ours, (5, 6, 7))
    for row, seed in enumerate((5, 6, 7)):
        assert (together[row] == made(ours, (seed,))[0]).all()


def test_a_long_piece_begins_like_a_short_one(ours):
    assert (made(ours, frames=90)[..., :20] == made(ours, frames=20)).all()


def test_tokens_do_not_depend_on_how_much_of_the_cache_is_read(ours, monkeypatch):
    from models.musicgen import decoding

    wanted = made(ours, frames=100)
    monkeypatch.setattr(decoding, "BUCKET", 16)
    monkeypatch.setattr(decoding, "EAGER_BUCKET", 8)
    assert (made(ours, frames=100) == wanted).all()


def test_stopping_anywhere_leaves_nothing_behind(ours):
    wanted = made(ours)
    for steps_made in (0, 1, 9):
        _, steps = ours.begin(ask((9,), 40))
        for _ in range(steps_made):
            next(steps)
        steps.close()
        assert (made(ours) == wanted).all()


def test_frames_come_in_order_and_are_final(ours):
    piece, steps = ours.begin(ask(frames=30))
    seen, counts = [], []
    for ready in steps:
        counts.append(ready)
        seen.append(piece.tokens[..., :ready].clone())
    assert counts == sorted(counts)
    assert counts[:4] == [0, 0, 0, 1]  # the delay of the last codebook
    assert counts[-1] == 30
    for early in seen:
        assert (piece.tokens[..., : early.shape[-1]] == early).all()


def test_a_prompt_stays_and_what_follows_depends_on_it(ours):
    import torch

    one = torch.randint(0, 64, (1, 4, 12), generator=torch.Generator().manual_seed(1))
    other = torch.randint(0, 64, (1, 4, 12), generator=torch.Generator().manual_seed(2))
    first, second = made(ours, known=one), made(ours, known=other)
    assert (first[..., :12] == one).all()
    assert (first[..., 12:] != second[..., 12:]).any()


def test_a_prompt_of_a_whole_window_is_refused(ours):
    import torch

    from models.errors import BadArgument

    with pytest.raises(BadArgument, match="30 s"):
        made(ours, frames=1600, known=torch.zeros((1, 4, 1500), dtype=torch.long))


def test_windows_slide_over_a_long_piece(ours, monkeypatch):
    """Each window is what the network writes when it is given the last one's end as a prompt."""
    import torch

    from models.musicgen import model

    monkeypatch.setattr(model, "WINDOW_S", 0.8)  # 40 frames
    monkeypatch.setattr(model, "STRIDE_S", 0.5)  # 25 frames
    whole = made(ours, frames=100, temperature=0.0)
    assert whole.shape[-1] == 100
    monkeypatch.undo()
    for start in (25, 50):
        again = made(ours, frames=40, temperature=0.0, known=whole[..., start : start + 15])
        assert torch.equal(again, whole[..., start : start + 40])


@pytest.mark.parametrize(
    ("total", "known", "wanted"),
    [
        (1000, 0, [(0, 0, 1000)]),
        (1500, 300, [(0, 300, 1500)]),
        (1501, 0, [(0, 0, 1500), (900, 600, 601)]),
        (3000, 0, [(0, 0, 1500), (900, 600, 1500), (1800, 600, 1200)]),
    ],
)
def test_the_plan_of_windows(total, known, wanted):
    from models.musicgen.windows import Window, windows

    plan = list(windows(total, known, 1500, 900))
    assert plan == [Window(*window) for window in wanted]
    assert plan[-1].start + plan[-1].frames == total


def drawn(logits, times=4000, **how):
    """How often each token is drawn."""
    import torch

    from models.musicgen.sampling import Noise, Sampling, draw

    noise = torch.empty((times, 1, 1, logits.shape[-1]))
    Noise((1, logits.shape[-1]), (3,), torch.device("cpu")).fill(noise)
    how = Sampling(**how)
    rows = logits.expand(times, 1, -1)
    temperature = torch.tensor(how.temperature)
    found = draw(rows, how, temperature, noise[:, 0]).flatten()
    return torch.bincount(found, minlength=logits.shape[-1]) / times


def test_tokens_are_drawn_as_often_as_they_are_likely():
    tiny.need()
    import torch

    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, -torch.inf])
    for temperature in (0.5, 1.0, 2.0):
        wanted = (logits / temperature).softmax(-1)
        found = drawn(logits, temperature=temperature, top_k=0)
        assert (found - wanted).abs().max() < 0.03
        assert found[-1] == 0


def test_top_k_and_top_p_leave_the_likeliest():
    tiny.need()
    import torch

    logits = torch.tensor([0.1, 0.4, 0.2, 0.3]).log()
    assert drawn(logits, top_k=2).nonzero().flatten().tolist() == [1, 3]
    assert drawn(logits, top_k=0, top_p=0.6).nonzero().flatten().tolist() == [1, 3]
    assert drawn(logits, top_k=0, top_p=0.01).nonzero().flatten().tolist() == [1]
    assert drawn(logits, top_k=0, top_p=1.0).all()
    assert drawn(logits, temperature=0.0).nonzero().flatten().tolist() == [1]


@pytest.mark.parametrize("kind", ["bfloat16", "float16"])
def test_half_precision_stays_near(ours, tmp_path, kind):
    """Matrices and cache in half precision, the residual stream in float32."""
    import torch

    from models.musicgen.model import MusicGen

    folder = tiny.save(tmp_path, tiny.build())
    half = MusicGen.read(folder, dtype=getattr(torch, kind))
    assert half.weights.layers[0].up.dtype == getattr(torch, kind)
    assert half.weights.heads.dtype == torch.float32
    wanted = made(ours, frames=4, temperature=0.0)
    assert (made(half, frames=4, temperature=0.0) == wanted).float().mean() > 0.6


@pytest.mark.parametrize("kind", ["mono", "stereo", "melody"])
@pytest.mark.parametrize("prompted", [True, False])
def test_a_step_never_looks_at_the_host(kind, prompted):
    """What a graph needs: no number is asked for, and nothing lies on another device."""
    tiny.need()
    import torch

    from models.musicgen.conditions import Text, conditions
    from models.musicgen.config import NetworkSizes
    from models.musicgen.decoding import Stepper, one_step
    from models.musicgen.pattern import given
    from models.musicgen.sampling import Sampling

    books, channels = (8, 2) if kind == "stereo" else (4, 1)
    heard = (12, 235) if kind == "melody" else ()
    weights = tiny.nowhere(NetworkSizes(2, 64, 4, 128, books, 64, channels, 24, *heard))
    states = torch.empty((2, 5, 24), device="meta")
    text = Text(states, states.new_ones((2, 5), dtype=torch.long)) if prompted else None
    melody = torch.empty((2, 30, 12), device="meta") if kind == "melody" and prompted else None
    told = conditions(weights, 2, text, melody, 3.0)
    assert told.guided == prompted
    stepper, how = Stepper(weights, graphs=False), Sampling(top_p=0.9)
    known = torch.zeros((2, books, 9), dtype=torch.long, device="meta")
    with torch.inference_mode():
        state = stepper.begin(told, given(weights.sizes, known, 40), how)
        stepper.prefill(state, told, 9)
        one_step(weights, state, 512, how)
    assert state.columns.device.type == "meta"
    assert state.cache.own.dtype == torch.float16
