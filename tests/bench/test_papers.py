# SPDX-License-Identifier: Apache-2.0
"""The paper tables end to end on made music: exact sums, no look ahead, the same run twice."""

import json
from itertools import chain, combinations, product
from random import Random

import pytest
from neural import need_torch

torch = need_torch()
pytest.importorskip("numpy")

import numpy as np  # noqa: E402
import papers  # noqa: E402
from frames import data as frames_data  # noqa: E402
from frames.batches import NEAR, Batches, coded, covering, features, scales, stack  # noqa: E402
from frames.code import REACH, Alphabet  # noqa: E402
from frames.literature import markdown  # noqa: E402
from frames.network import SPAN, FrameNetwork, by_class, by_distance  # noqa: E402
from frames.scores import AVERAGED, MIXINGS, frame_nll, scores  # noqa: E402

from models.network import NetworkConfig  # noqa: E402

SETS = frames_data.Table("", Alphabet(60, 63), 24, (3, 4), True, 0.1)
VOICES = frames_data.Table("", Alphabet(60, 61, voices=2), 24, (4,), False, 0.1)
SHIFTS = (-2, 0, 3)


def lively(table, seed=0):
    """A network whose every weight matters."""
    torch.manual_seed(seed)
    sizes = {"width": 16, "layers": 1, "heads": 2, "context": table.window}
    config = NetworkConfig(table.alphabet.size, features=features(table), **sizes)
    model = FrameNetwork(config, NEAR, scales(table), table.alphabet.pitches).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return model


def all_frames(table):
    alphabet = table.alphabet
    keys = [alphabet.token(pitch) for pitch in range(alphabet.low, alphabet.high + 1)]
    if alphabet.voices:
        return list(product([*keys, alphabet.end], repeat=alphabet.voices))
    every = chain.from_iterable(combinations(keys, n) for n in range(len(keys) + 1))
    return [tuple(sorted(frame, reverse=True)) for frame in every]


def made(table, frames, seed=0):
    """A piece of random frames, some of them repeated."""
    rng, every = Random(seed), all_frames(table)
    found = [rng.choice(every)]
    while len(found) < frames:
        found.append(found[-1] if rng.random() < 0.3 else rng.choice(every))
    return found


def nll(table, frames, shifts=SHIFTS, models=()):
    piece = coded(table.alphabet, frames)
    return {
        m: n[0]
        for m, n in frame_nll(models or [lively(table)], table, [piece], shifts, "fp32").items()
    }


@pytest.mark.parametrize("table", [SETS, VOICES], ids=["sets", "voices"])
@pytest.mark.parametrize("past", [0, 1, 4])
def test_the_probabilities_of_all_frames_sum_to_one(table, past):
    before = made(table, past, seed=past) if past else []
    for models in ([lively(table)], [lively(table), lively(table, seed=1)]):
        found = [nll(table, [*before, frame], models=models) for frame in all_frames(table)]
        for mixing in MIXINGS:
            total = sum(np.exp(-each[mixing][past]) for each in found)
            assert total == pytest.approx(1, abs=1e-5), mixing


def test_several_models_are_mixed_token_by_token():
    frames = made(SETS, 12)
    one, two = lively(SETS), lively(SETS, seed=1)
    each = [nll(SETS, frames, models=[model])["plain"] for model in (one, two)]
    both = nll(SETS, frames, models=[one, two])["plain"]
    assert both.sum() < max(map(np.sum, each))
    np.testing.assert_allclose(nll(SETS, frames, models=[one, one])["plain"], each[0], atol=1e-5)


@pytest.mark.parametrize("table", [SETS, VOICES], ids=["sets", "voices"])
def test_the_future_does_not_reach_the_past(table):
    frames = made(table, 30)
    other = frames[:14] + made(table, 40, seed=1)
    found, changed = nll(table, frames), nll(table, other)
    for mixing in MIXINGS:
        np.testing.assert_allclose(found[mixing][:14], changed[mixing][:14], atol=1e-5)
        assert abs(found[mixing][15:] - changed[mixing][15:30]).max() > 0.01


@pytest.mark.parametrize("table", [SETS, VOICES], ids=["sets", "voices"])
def test_how_long_a_piece_is_does_not_reach_its_frames(table):
    frames = made(table, 60)
    whole = nll(table, frames)
    for length in (20, 41, 59):
        found = nll(table, frames[:length])
        for mixing in MIXINGS:
            np.testing.assert_allclose(found[mixing], whole[mixing][:length], atol=1e-5)


def test_a_voice_does_not_see_those_that_follow_it():
    frames = made(VOICES, 5)
    model = lively(VOICES)
    here = {}
    for second in (6, 7):
        frames[4] = (REACH if frames[3][0] != REACH else REACH + 1, second)
        batch = stack(VOICES, covering(VOICES, [coded(VOICES.alphabet, frames)]))
        place = int(np.flatnonzero(coded(VOICES.alphabet, frames).frame == 4)[0])
        here[second] = model(batch.tokens, batch.features, batch.rolls)[0, place]
    assert torch.equal(here[6], here[7])


def test_every_prediction_counts_once_and_with_a_past():
    pieces = [coded(SETS.alphabet, made(SETS, length, seed=length)) for length in (1, 9, 50)]
    counted = {id(piece): np.zeros(len(piece)) for piece in pieces}
    for window in covering(SETS, pieces):
        assert window.end - window.begin <= SETS.window
        assert window.counted == 0 or window.counted - window.begin >= SETS.window // 2
        counted[id(window.piece)][window.counted : window.end] += 1
    assert all((counts == 1).all() for counts in counted.values())


def test_windows_give_what_one_window_gives_while_all_of_the_past_is_seen():
    frames = made(SETS, 40)
    model = lively(SETS)
    wide = frames_data.Table("", SETS.alphabet, 400, SETS.cycles, True, 0.1)
    found, whole = nll(SETS, frames, models=[model]), nll(wide, frames, models=[model])
    np.testing.assert_allclose(found["plain"][:5], whole["plain"][:5], atol=1e-5)
    assert found["plain"].sum() == pytest.approx(whole["plain"].sum(), rel=0.2)


@pytest.mark.parametrize("table", [SETS, VOICES], ids=["sets", "voices"])
def test_batches_depend_on_their_number_alone(table):
    pieces = [coded(table.alphabet, made(table, 30, seed)) for seed in range(6)]
    batches = Batches(table, pieces, seed=3, batch_tokens=100)
    steadily = batches.batches_from(0)
    for _ in range(20):
        one = next(steadily)
    other = next(batches.batches_from(19))
    assert torch.equal(one.tokens, other.tokens)
    assert torch.equal(one.rolls, other.rolls)
    assert not torch.equal(one.tokens, next(steadily).tokens)


@pytest.mark.parametrize("table", [SETS, VOICES], ids=["sets", "voices"])
def test_transposed_music_is_legal_and_told_alike(table):
    pieces = [coded(table.alphabet, made(table, 30, seed)) for seed in range(6)]
    batches = Batches(table, pieces, seed=3, batch_tokens=100).batches_from(0)
    for _ in range(10):
        batch = next(batches)
        fits = batch.legal.gather(-1, batch.targets[..., None])[..., 0]
        assert fits[batch.weights > 0].all()
    windows = covering(table, pieces)
    plain = stack(table, windows)
    moved = stack(table, [window._replace(shift=4) for window in windows])
    near = slice(0, NEAR)
    assert torch.equal(plain.rolls[:, :, near].roll(4, -1), moved.rolls[:, :, near])
    assert torch.equal(plain.legal.sum(-1), moved.legal.sum(-1))


def test_kernels_lie_at_their_pitches():
    rolls = torch.zeros(1, 1, 2, 30)
    rolls[0, 0, 0, 9] = rolls[0, 0, 1, 20] = 1
    kernels = torch.randn(1, 1, 2 * (2 * SPAN + 1))
    first, second = kernels.view(2, -1)
    expected = torch.zeros(30)
    for pitch in range(30):
        for kernel, at in ((first, 9), (second, 20)):
            if abs(at - pitch) <= SPAN:
                expected[pitch] += kernel[at - pitch + SPAN]
    assert torch.allclose(by_distance(rolls, kernels)[0, 0], expected)


def test_kernels_of_pitch_classes_turn_with_the_music():
    rolls = (torch.rand(1, 1, 3, 36) < 0.2).float()
    kernels = torch.randn(1, 1, 36)
    still, turned = (by_class(r, kernels)[0, 0] for r in (rolls, rolls.roll(5, -1)))
    assert torch.allclose(still.roll(5), turned, atol=1e-6)
    assert torch.allclose(still[:12], still[12:24])


def test_scores_by_both_conventions():
    found = scores([np.array([3.0, 1.0, 1.0]), np.array([5.0])], cells=1)
    assert (found.frames, found.without_first) == (2.5, 1.0)
    assert found.pieces == pytest.approx((5 / 3 + 5) / 2)
    assert scores([np.array([8.0, 4.0])], cells=4).frames == 1.5


@pytest.fixture
def chorales(tmp_path, monkeypatch):
    """A data folder with made chorales."""
    rng = Random(0)
    pieces = [[[rng.choice((60, 61, -1)) for _ in "SATB"] for _ in range(24)] for _ in range(4)]
    text = json.dumps(dict.fromkeys(frames_data.SPLITS, pieces))
    (tmp_path / "Jsb16thSeparated.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_several_seeds_together(chorales, tmp_path, capsys):
    for seed in ("0", "1"):
        run(chorales, tmp_path, "--steps", "2", "--seed", seed)
    folders = [str(tmp_path / f"jsb16-{seed}") for seed in (0, 1)]
    line = ["together", *folders, "--data", str(chorales), "--device", "cpu"]
    assert papers.main(line) == 0
    results = [
        json.loads((tmp_path / f"jsb16-{name}" / "result.json").read_text(encoding="utf-8"))
        for name in (0, 1, "together")
    ]
    one, two, both = (result["scores"]["test"]["arithmetic"]["frames"] for result in results)
    assert both < max(one, two)
    text = markdown(results)
    assert f"**{both:.4f}** (2) |" in text


def run(data, out, *more):
    sizes = [
        "--width",
        "16",
        "--layers",
        "1",
        "--heads",
        "2",
        "--every",
        "2",
        "--batch-tokens",
        "64",
        "--device",
        "cpu",
    ]
    line = ["jsb16", "--data", str(data), "--out", str(out), *sizes, *more]
    assert papers.main(line) == 0
    seed = more[more.index("--seed") + 1] if "--seed" in more else "0"
    return json.loads((out / f"jsb16-{seed}" / "result.json").read_text(encoding="utf-8"))


def test_a_run_can_be_repeated_and_resumed(chorales, tmp_path, capsys):
    once = run(chorales, tmp_path / "once", "--steps", "4")
    twice = run(chorales, tmp_path / "twice", "--steps", "4")
    again = run(chorales, tmp_path / "once", "--steps", "4")
    assert once["scores"] == twice["scores"] == again["scores"]
    assert once["steps"] == 4
    plain = once["scores"]["test"]["plain"]
    assert 0 < plain["frames"] < np.log(frames_data.TABLES["jsb16"].alphabet.size)
    text = markdown([once, {**twice, "seed": 1}])
    assert f"**{plain['frames']:.4f}** ± 0.0000 (2)" in text
    page = tmp_path / "page.md"
    page.write_text(f"above\n{papers.BEGIN}\nold\n{papers.END}\nbelow\n", encoding="utf-8")
    line = ["table", str(tmp_path / "once" / "jsb16-0" / "result.json"), "--write", str(page)]
    assert papers.main(line) == 0
    written = page.read_text(encoding="utf-8")
    assert "old" not in written
    assert f"**{plain['frames']:.4f}** (1)" in written
    assert written.startswith("above")
    assert written.endswith("below\n")


def test_rolls_are_read(tmp_path):
    io = pytest.importorskip("scipy.io")
    roll = np.zeros((2, 88), np.uint8)
    roll[0, [0, 87]] = 1
    cell = np.empty((1, 1), object)
    cell[0, 0] = roll
    io.savemat(tmp_path / "JSB_Chorales.mat", {f"{s}data": cell for s in frames_data.SPLITS})
    found = frames_data.read("jsb", tmp_path)
    assert found["test"] == [[(87 + REACH, REACH), ()]]


def test_averaging_covers_eleven_keys():
    assert len(AVERAGED) == 11
    assert max(map(abs, AVERAGED)) <= REACH
