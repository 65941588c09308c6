# SPDX-License-Identifier: Apache-2.0
"""Interval kernels: what they compute, and that torch, numpy and ONNX Runtime agree on them."""

import dataclasses

import pytest
from neural import KERNELS, inputs, lively, need, need_torch, places, rolls, stored

np = need("numpy")

from models.decoding.decoder import Decoder, Inputs  # noqa: E402
from models.errors import BadFile  # noqa: E402
from models.network import FIRST_PITCH, PITCHES, ROLLS, NetworkConfig, shapes  # noqa: E402

PREFIX, ROWS, LENGTH = 20, 3, 12
REACH = KERNELS.interval_reach
PLAIN = dataclasses.replace(KERNELS, interval_reach=0)


@pytest.fixture
def model():
    return lively(KERNELS)


def heard(found):
    """Rolls (N, T, S, P) as training gives them."""
    from models.transformer import Heard

    return Heard(*places(found))


def by_torch(model, context, target, found):
    """Logits (N, T, V) after each target token, the context being seen both ways."""
    torch = need_torch()
    count = len(target[0])
    whole = [
        torch.from_numpy(np.concatenate((np.repeat(c, count, 0), t), 1))
        for c, t in zip(context, target, strict=True)
    ]
    silent = np.zeros((count, PREFIX, ROLLS, PITCHES), np.uint8)
    prefix = torch.full((count,), PREFIX)
    with torch.no_grad():
        logits = model(*whole, prefix, heard(np.concatenate((silent, found), 1)))
    return logits[:, PREFIX:].numpy()


def decoded(decoder, context, target, found):
    session = decoder.start(decoder.read(Inputs(*context)), len(target[0]))
    first = session.extend(Inputs(*(part[:, :4] for part in (*target, found))))
    rest = [
        session.extend(Inputs(*(part[:, n : n + 1] for part in (*target, found))))
        for n in range(4, target[0].shape[1])
    ]
    return np.concatenate((first, *rest), 1)


def a_case():
    return (
        inputs(1, PREFIX, KERNELS),
        inputs(ROWS, LENGTH, KERNELS, seed=1),
        rolls(ROWS, LENGTH, seed=2),
    )


def test_a_kernel_lies_around_every_pitch_of_a_roll():
    torch = need_torch()
    from models.transformer import by_distance

    kernels = torch.arange(1.0, 1 + ROLLS * KERNELS.distances).view(1, -1)
    one = torch.zeros(1, ROLLS, PITCHES)
    one[0, 1, 60] = one[0, 1, 0] = 1
    gained = by_distance(one, kernels)[0]
    own = kernels.view(ROLLS, -1)[1]
    # A pitch that lies three below the roll's gains what the kernel says of three above it.
    assert gained[57:64].tolist() == own.flip(0).tolist()
    assert gained[:4].tolist() == own[: REACH + 1].flip(0).tolist()
    assert gained.count_nonzero() == 2 * REACH + 1 + REACH + 1


def test_kernels_begin_as_none():
    torch = need_torch()
    from models.transformer import Transformer

    torch.manual_seed(0)
    plain = Transformer(PLAIN).eval()
    torch.manual_seed(0)
    model = Transformer(KERNELS).eval()
    given = [torch.from_numpy(part) for part in inputs(2, LENGTH, KERNELS)]
    with torch.no_grad():
        assert torch.equal(plain(*given), model(*given, None, heard(rolls(2, LENGTH))))


def test_kernels_stay_out_of_compiled_graphs(model):
    """Inductor makes a graph anew whose sizes depend on the data."""
    torch = need_torch()
    graphs = []

    def backend(graph, _):
        graphs.append(graph.print_readable(print_output=False))
        return graph.forward

    given = [torch.from_numpy(part) for part in inputs(2, LENGTH, KERNELS)]
    expected = model(*given, None, heard(rolls(2, LENGTH)))
    compiled = torch.compile(model, backend=backend, dynamic=True)
    assert torch.allclose(compiled(*given, None, heard(rolls(2, LENGTH))), expected, atol=1e-5)
    assert any("linear" in graph for graph in graphs)
    assert not any("nonzero" in graph or "index_add" in graph for graph in graphs)


def test_only_pitches_where_one_may_come_are_moved(model):
    torch = need_torch()
    given, found = [torch.from_numpy(part) for part in inputs(2, LENGTH, KERNELS)], rolls(2, LENGTH)
    with torch.no_grad():
        moved = (model(*given, None, heard(found)) - model(*given)).abs() > 1e-6
    assert not moved[..., :FIRST_PITCH].any()
    assert not moved[..., FIRST_PITCH + PITCHES :].any()
    assert moved.any(-1).numpy().tolist() == found.any(axis=(2, 3)).tolist()


def test_parity_of_numpy_and_torch(model, tmp_path):
    context, target, found = a_case()
    expected = by_torch(model, context, target, found)
    read = stored(model, tmp_path)
    assert np.abs(decoded(Decoder(read), context, target, found) - expected).max() < 1e-4
    without = decoded(Decoder(read), context, target, np.zeros_like(found))
    assert np.abs(without - expected).max() > 0.3, "the kernels say nothing"


def test_parity_of_onnx_and_numpy(model, tmp_path, monkeypatch):
    need("onnxruntime")
    from models.decoding import onnx_decoder

    monkeypatch.setattr(onnx_decoder, "WHOLE_NUMBERS", 1)
    read, case = stored(model, tmp_path, "int8"), a_case()
    found = decoded(onnx_decoder.OnnxDecoder(read), *case)
    assert np.abs(found - decoded(Decoder(read), *case)).max() < 1e-4


def test_what_stands_before_a_pitch_at_the_end_of_a_context_counts(model, tmp_path):
    decoder = Decoder(stored(model, tmp_path))
    context, found = inputs(1, PREFIX, KERNELS), rolls(1, PREFIX)
    silent = decoder.read(Inputs(*context, np.zeros_like(found))).logits
    logits = decoder.read(Inputs(*context, found)).logits
    assert PREFIX % 3 != 1, "the last place has rolls"
    moved = np.abs(logits - silent) > 1e-6
    assert moved.any()
    assert np.flatnonzero(moved).min() >= FIRST_PITCH
    assert np.array_equal(decoder.read(Inputs(*context)).logits, silent)


def test_kernels_are_not_rounded_to_8_bits(model, tmp_path):
    name = "intervals.weight"
    exact = model.state_dict()[name].numpy()
    kept = stored(model, tmp_path, "int8").arrays[name]
    assert 0 < np.abs(kept - exact).max() < 2**-11


def test_configs():
    assert NetworkConfig.from_json(KERNELS.to_json()) == KERNELS
    assert "interval" not in PLAIN.to_json()  # as files were before there were kernels
    assert NetworkConfig.from_json(PLAIN.to_json()) == PLAIN
    assert set(shapes(KERNELS)) - set(shapes(PLAIN)) == {"intervals.weight"}
    for changes in ({"interval_reach": -1}, {"interval_reach": 128}, {"vocabulary": 200}):
        with pytest.raises(BadFile):
            dataclasses.replace(KERNELS, **changes)
