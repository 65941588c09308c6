# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is scored as the network that it is, with whatever kernels it has."""

from dataclasses import replace

import pytest
from neural import lively, need_torch

torch = need_torch()

from likelihood.scoring import Scorer  # noqa: E402 - after the guard

from models.network import NetworkConfig  # noqa: E402
from models.tokens.vocabulary import SIZE  # noqa: E402

PLAIN = NetworkConfig(SIZE, width=64, layers=2, heads=2, context=1025)


@pytest.mark.parametrize(
    "config", [PLAIN, replace(PLAIN, interval_reach=5, echoes=4, onset_reach=3)]
)
def test_a_checkpoint_is_read_with_the_kernels_it_has(tmp_path, config):
    model = lively(config)
    torch.save({"average": model.state_dict()}, tmp_path / "checkpoint.pt")
    read = Scorer.of(tmp_path / "checkpoint.pt")._model
    assert read.config == model.config
    assert all(map(torch.equal, read.state_dict().values(), model.state_dict().values()))
