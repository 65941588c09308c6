# SPDX-License-Identifier: Apache-2.0
"""Beginning with weights that are there: the same music is as likely, and new parts are zero."""

import dataclasses

import pytest
from neural import KERNELS, inputs, lively, need, need_torch, strikes

np = need("numpy")
need("torch")

from models.errors import BadFile  # noqa: E402 - after the guards
from models.network import FEATURES  # noqa: E402
from models.tokens.vocabulary import vocabulary_hash  # noqa: E402

OLD = dataclasses.replace(KERNELS, echoes=4, features=FEATURES[:-1])
NEW = dataclasses.replace(KERNELS, echoes=4, onset_reach=5)


def written(config, folder, *, vocabulary=""):
    """A network, and a file of its weights."""
    from models import weights
    from models.transformer import tensors

    model = lively(config)
    arrays = {name: tensor.numpy() for name, tensor in tensors(model).items()}
    card = {"vocabulary": vocabulary or vocabulary_hash()}
    path = folder / "w.safetensors"
    weights.write(path, arrays, config, "fp32", card)
    return model, path


def test_a_network_with_more_parts_says_the_same_at_first(tmp_path):
    torch = need_torch()
    from models.training.starting import begin_with
    from models.transformer import Heard

    old, path = written(OLD, tmp_path)
    new = lively(NEW, seed=5)
    begin_with(new, path)
    given = [torch.from_numpy(part) for part in inputs(2, 12, NEW)]
    struck = torch.from_numpy(strikes(1, 12)[0])
    heard = Heard(onsets=torch.arange(12), strikes=struck)
    with torch.no_grad():
        assert torch.equal(old(*given), new(*given, None, heard))
    assert not new.onsets.weight.any()
    assert new.onsets.weight.requires_grad
    begin_with(new, written(NEW, tmp_path)[1])  # its own parts come back whole
    assert new.onsets.weight.any()


def test_streams_are_found_by_name(tmp_path):
    torch = need_torch()
    from models.training.starting import begin_with

    old, path = written(OLD, tmp_path)
    turned = dataclasses.replace(NEW, features=(FEATURES[-1], *FEATURES[:-1]))
    new = lively(turned, seed=5)
    begin_with(new, path)
    size = FEATURES[-1][1]
    assert not new.features.weight[:size].any()
    assert torch.equal(new.features.weight[size:], old.features.weight)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 32},
        {"layers": 1},
        {"layers": 3},
        {"interval_reach": 0},
        {"interval_reach": 4},
        {"echoes": 0},
        {"features": (("bar", 7), *FEATURES[1:])},
        {"features": FEATURES[1:]},
    ],
)
def test_weights_of_another_network_are_refused(tmp_path, changes):
    from models.training.starting import begin_with

    _, path = written(OLD, tmp_path)
    before = lively(dataclasses.replace(NEW, **changes), seed=5)
    with pytest.raises(BadFile, match="does not fit"):
        begin_with(before, path)


def test_another_vocabulary_is_refused(tmp_path):
    from models.training.starting import begin_with

    _, path = written(OLD, tmp_path, vocabulary="other")
    with pytest.raises(BadFile, match="vocabulary"):
        begin_with(lively(NEW), path)
