# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers in numpy give what torch gives."""

from __future__ import annotations

import numpy as np
import pytest

from models.recurrent import GRU, sigmoid

torch = pytest.importorskip("torch")


def module(layers: int, both_ways: bool):
    torch.manual_seed(3)
    return torch.nn.GRU(5, 7, layers, batch_first=True, bidirectional=both_ways)


def twin(net, layers: int, both_ways: bool) -> GRU:
    arrays = {"net." + name: value.numpy() for name, value in net.state_dict().items()}
    return GRU(arrays, "net.", layers, both_ways)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both_ways", [False, True])
def test_outputs_and_states_are_those_of_torch(layers: int, both_ways: bool) -> None:
    net = module(layers, both_ways)
    inputs = torch.randn(3, 11, 5)
    with torch.no_grad():
        wanted, last = net(inputs)
    found, state = twin(net, layers, both_ways)(inputs.numpy())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted.numpy(), atol=1e-6)
    np.testing.assert_allclose(state, last.numpy(), atol=1e-6)


def test_shorter_sequences_of_a_batch_are_as_if_alone() -> None:
    net = module(2, True)
    inputs = torch.randn(3, 9, 5)
    lengths = [9, 4, 1]
    layers = twin(net, 2, True)
    found, state = layers(inputs.numpy(), np.array(lengths))
    for row, length in enumerate(lengths):
        with torch.no_grad():
            wanted, last = net(inputs[row : row + 1, :length])
        np.testing.assert_allclose(found[row, :length], wanted[0].numpy(), atol=1e-6)
        np.testing.assert_allclose(state[:, row], last[:, 0].numpy(), atol=1e-6)
        assert not found[row, length:].any()


def test_a_run_goes_on_from_a_state() -> None:
    layers = twin(module(2, False), 2, False)
    inputs = np.random.default_rng(1).normal(size=(2, 8, 5)).astype(np.float32)
    whole, _ = layers(inputs)
    _, state = layers(inputs[:, :3])
    rest, _ = layers(inputs[:, 3:], state=state)
    np.testing.assert_allclose(rest, whole[:, 3:], atol=1e-6)
    assert layers.width() == 7


def test_sigmoid_does_not_overflow() -> None:
    values = sigmoid(np.array([-1e9, 0.0, 1e9], np.float32))
    assert values.tolist() == [0.0, 0.5, 1.0]
