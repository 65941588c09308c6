# SPDX-License-Identifier: Apache-2.0
"""The network: who sees whom, shapes and weight files."""

import dataclasses
import subprocess
import sys

import pytest
from neural import SMALL, inputs, lively, need_torch

from models.errors import BadFile
from models.network import FEATURES, SIZES, NetworkConfig, shapes


def logits(model, parts, prefix=None):
    torch = need_torch()
    given = None if prefix is None else torch.tensor([prefix])
    with torch.no_grad():
        return model(*map(torch.from_numpy, parts), given)[0]


def changed_at(model, place, prefix, part=0):
    """Positions whose logits change with one token (0), its features (1) or pitches (2)."""
    parts = inputs(1, 12)
    before = logits(model, parts, prefix)
    parts[part][0, place] = (parts[part][0, place] + 1) % 2
    after = logits(model, parts, prefix)
    moved = (before - after).abs().amax(-1) > 1e-6
    return [n for n, is_moved in enumerate(moved) if is_moved]


@pytest.mark.parametrize("part", [0, 1, 2])
def test_the_future_is_not_seen(part):
    model = lively()
    assert changed_at(model, 8, prefix=5, part=part) == [8, 9, 10, 11]
    assert changed_at(model, 8, prefix=None, part=part) == [8, 9, 10, 11]


def test_the_prefix_sees_itself_whole_and_all_see_it():
    model = lively()
    assert changed_at(model, 4, prefix=5) == list(range(12))
    assert changed_at(model, 4, prefix=0) == list(range(4, 12))
    assert changed_at(model, 0, prefix=5) == list(range(12))


def test_no_prefix_is_a_prefix_of_none():
    torch = need_torch()
    model, parts = lively(), inputs(1, 12)
    assert torch.allclose(logits(model, parts), logits(model, parts, 0), atol=1e-5)


def test_padding_changes_nothing():
    torch = need_torch()
    model, parts = lively(), inputs(1, 12)
    short = [part[:, :9] for part in parts]
    assert torch.allclose(logits(model, parts, 4)[:9], logits(model, short, 4), atol=1e-5)


def test_weights_of_zero_are_not_learned_from():
    torch = need_torch()
    from models.transformer import Batch, loss

    model = lively()
    tokens, features, sounding = map(torch.from_numpy, inputs(2, 12))
    weights = torch.zeros(2, 12)
    weights[0, 5] = 2.0
    total, weight = loss(model, Batch(tokens, features, sounding, weights))
    expected = -logits(model, inputs(2, 12))[4].log_softmax(-1)[tokens[0, 5]]
    assert weight == 2
    assert torch.allclose(total / weight, expected, atol=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_named_sizes(size):
    need_torch()
    from models.transformer import Transformer

    config = NetworkConfig.named(size, 520)
    model = Transformer(config)
    assert {name: tuple(w.shape) for name, w in model.state_dict().items()} == shapes(config)
    assert sum(w.numel() for w in model.parameters()) == config.parameters
    if size != "debug":
        assert config.parameters == pytest.approx(int(size[:-1]) * 1e6, rel=0.2)


def test_a_file_gives_the_network_back(tmp_path):
    torch = need_torch()
    from models.transformer import load, save

    model = lively()
    save(model, str(tmp_path / "w.safetensors"))
    again = load(str(tmp_path / "w.safetensors")).eval()
    assert again.config == model.config
    assert torch.equal(logits(model, inputs(1, 12), 3), logits(again, inputs(1, 12), 3))


def test_bf16_stays_close():
    torch = need_torch()
    model = lively()
    exact = logits(model, inputs(1, 12), 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = logits(model, inputs(1, 12), 3)
    assert 0 < (exact - rough).abs().max() < 0.2


def test_features_are_those_of_the_tokens():
    from models.tokens.state import FEATURE_SIZES

    assert tuple(size for _, size in FEATURES) == FEATURE_SIZES
    assert SMALL.offsets[1] == FEATURE_SIZES[0]


def test_configs_come_back_and_odd_ones_are_refused():
    assert NetworkConfig.from_json(SMALL.to_json()) == SMALL
    for changes in ({"width": 33}, {"heads": 0}, {"layers": 65}, {"dropout": 1.0}):
        with pytest.raises(BadFile):
            dataclasses.replace(SMALL, **changes)
    for text in ("", "[]", "null", '{"vocabulary": 3}', "[" * 10_000, '{"features": 3}'):
        with pytest.raises(BadFile):
            NetworkConfig.from_json(text)


def test_nothing_heavy_is_imported_by_the_daemon():
    code = (
        "import sys, bridge, models.registry; models.registry.listings(); import models.network\n"
        "assert not {'torch', 'numpy', 'safetensors'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
