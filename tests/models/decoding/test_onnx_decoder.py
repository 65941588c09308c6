# SPDX-License-Identifier: Apache-2.0
"""The ONNX step is the numpy step, but for the rounding of activations to 8 bits."""

import dataclasses
import sys

import pytest
from neural import SMALL, inputs, need

np = need("numpy")
need("onnxruntime")

from models.decoding import onnx_decoder  # noqa: E402 - after the guard
from models.decoding.decoder import Decoder, Inputs  # noqa: E402
from models.decoding.onnx_decoder import OnnxDecoder, fastest  # noqa: E402
from models.network import shapes  # noqa: E402
from models.weights import Weights, read, write  # noqa: E402

CONFIG = dataclasses.replace(SMALL, width=64)
PREFIX, ROWS, LENGTH = 20, 3, 12


@pytest.fixture
def stored(tmp_path):
    """Weights of which every one matters, as an int8 file gives them."""
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.uniform(0.5, 1.5, shape) if len(shape) == 1 else rng.normal(0, 0.15, shape)
        for name, shape in shapes(CONFIG).items()
    }
    write(tmp_path / "weights", arrays, CONFIG, "int8")
    return read(tmp_path / "weights")


def answers(decoder):
    """Logits of a decode with several tokens at once, padding, dropped and doubled candidates."""
    session = decoder.start(decoder.read(Inputs(*inputs(1, PREFIX, CONFIG))), ROWS)
    target = inputs(ROWS, LENGTH, CONFIG, seed=1)
    found = []
    for first, counts in ((0, [3, 1, 2]), (3, [1, 1, 1]), (4, [0, 2, 1])):
        session.extend(Inputs(*(part[:, first : first + 3] for part in target)), np.array(counts))
        found.append(session.logits)
    session.keep([2, 0, 0])
    for place in range(8, LENGTH):
        session.extend(Inputs(*(part[:, place : place + 1] for part in target)))
        found.append(session.logits)
    return np.stack(found)


def test_the_graph_is_the_network(stored, monkeypatch):
    """With activations in float32 nothing is rounded otherwise than in numpy."""
    monkeypatch.setattr(onnx_decoder, "WHOLE_NUMBERS", 1)
    expected = answers(Decoder(stored))
    assert np.abs(answers(OnnxDecoder(stored)) - expected).max() < 1e-4
    assert expected.std() > 0.3, "the network says nothing"


def test_whole_numbers_stay_close(stored):
    expected = answers(Decoder(stored))
    error = np.abs(answers(OnnxDecoder(stored)) - expected)
    assert error.mean() < 0.02 * expected.std()
    assert error.max() < 0.1 * expected.std()


def test_parity_with_torch(stored):
    torch = need("torch")
    from models.transformer import Transformer

    model = Transformer(CONFIG).eval()
    model.load_state_dict({name: torch.from_numpy(array) for name, array in stored.arrays.items()})
    parts = [torch.from_numpy(part) for part in inputs(1, PREFIX, CONFIG)]
    more = [torch.from_numpy(part) for part in inputs(1, 5, CONFIG, seed=1)]
    whole = [torch.cat(pair, 1) for pair in zip(parts, more, strict=True)]
    with torch.no_grad():
        expected = model(*whole, torch.tensor([PREFIX]))[0, PREFIX:].numpy()
    decoder = OnnxDecoder(stored)
    session = decoder.start(decoder.read(Inputs(*(part.numpy() for part in parts))))
    found = session.extend(Inputs(*(part.numpy() for part in more)))[0]
    assert np.abs(found - expected).mean() < 0.02 * expected.std()


def test_the_same_batch_gives_the_same_bits(stored):
    assert np.array_equal(answers(OnnxDecoder(stored)), answers(OnnxDecoder(stored)))


def test_the_faster_one_is_taken(stored, monkeypatch):
    waited = []
    monkeypatch.setattr(onnx_decoder, "_seconds", lambda work: waited.append(work()) or 1.0)
    assert type(fastest(stored)) is OnnxDecoder
    assert len(waited) == 10
    times = iter([10.0] * 5 + [1.0] * 5)  # no kernels for this processor
    monkeypatch.setattr(onnx_decoder, "_seconds", lambda work: next(times))
    assert type(fastest(stored)) is Decoder


def test_without_onnx_runtime_numpy_decodes(stored, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "onnxruntime", None)
        assert type(fastest(stored)) is Decoder
    monkeypatch.setattr(onnx_decoder, "OLDEST", (99, 0))
    assert type(fastest(stored)) is Decoder


def test_sides_that_do_not_fit_are_left_to_numpy():
    arrays = {name: np.ones(shape, np.float32) for name, shape in shapes(SMALL).items()}
    assert type(fastest(Weights(SMALL, arrays, {}, ""))) is Decoder
