# SPDX-License-Identifier: Apache-2.0
"""Onset kernels beside all the rest: torch, numpy and ONNX Runtime agree, zeros change nothing."""

import dataclasses

import pytest
from neural import KERNELS, inputs, lively, need, need_torch, places, rolls, stored, strikes

np = need("numpy")

from models.decoding.decoder import Decoder, Inputs  # noqa: E402
from models.errors import BadFile  # noqa: E402
from models.network import FIRST_PLACE, PLACES, STRIKES, NetworkConfig, shapes  # noqa: E402

PREFIX, ROWS, LENGTH = 20, 3, 12
BOTH = dataclasses.replace(KERNELS, onset_reach=4, echoes=4)
OLDER = dataclasses.replace(BOTH, onset_reach=0, features=BOTH.features[:-1])


@pytest.fixture
def model():
    return lively(BOTH)


def logits(model, given, struck=None, rolled=None):
    """Logits (N, T, V), the first `PREFIX` tokens being seen both ways."""
    torch = need_torch()
    from models.transformer import Heard

    pitches = (None, None) if rolled is None else places(rolled)
    onsets = (None, None) if struck is None else places(struck)
    prefix = torch.full((len(given[0]),), PREFIX)
    with torch.no_grad():
        return model(*map(torch.from_numpy, given), prefix, Heard(*pitches, *onsets)).numpy()


def a_case():
    """A context, what follows it, and what is known there."""
    known = rolls(ROWS, LENGTH, seed=2), strikes(ROWS, LENGTH, seed=3)
    return inputs(1, PREFIX, BOTH), (*inputs(ROWS, LENGTH, BOTH, seed=1), *known)


def by_torch(model, context, target):
    whole = [
        np.concatenate((np.repeat(c, ROWS, 0), t), 1)
        for c, t in zip(context, target[:3], strict=True)
    ]
    rolled, struck = (np.pad(k, ((0, 0), (PREFIX, 0), (0, 0), (0, 0))) for k in target[3:])
    return logits(model, whole, struck, rolled)[:, PREFIX:]


def decoded(decoder, context, target):
    session = decoder.start(decoder.read(Inputs(*context)), ROWS)
    first = session.extend(Inputs(*(part[:, :5] for part in target)))
    rest = [session.extend(Inputs(*(p[:, n : n + 1] for p in target))) for n in range(5, LENGTH)]
    return np.concatenate((first, *rest), 1)


def test_parity_of_numpy_and_torch(model, tmp_path):
    context, target = a_case()
    expected, decoder = by_torch(model, context, target), Decoder(stored(model, tmp_path))
    assert np.abs(decoded(decoder, context, target) - expected).max() < 1e-4
    without = decoded(decoder, context, (*target[:4], np.zeros_like(target[4])))
    assert np.abs(without - expected).max() > 0.3, "the kernels say nothing"


def test_parity_of_onnx_and_numpy(model, tmp_path, monkeypatch):
    need("onnxruntime")
    from models.decoding import onnx_decoder

    monkeypatch.setattr(onnx_decoder, "WHOLE_NUMBERS", 1)
    read, case = stored(model, tmp_path, "int8"), a_case()
    found = decoded(onnx_decoder.OnnxDecoder(read), *case)
    assert np.abs(found - decoded(Decoder(read), *case)).max() < 1e-4


def test_an_older_network_leaves_new_streams_aside(tmp_path):
    """Its echoes are the same ones, though they are no longer the last of the features."""
    old, (context, target) = lively(OLDER), a_case()
    expected = by_torch(old, context, target)
    assert np.abs(decoded(Decoder(stored(old, tmp_path)), context, target) - expected).max() < 1e-4
    changed = [part.copy() for part in target]
    changed[2 - 1][..., -1] = 0
    assert np.array_equal(by_torch(old, context, changed), expected)
    changed[2 - 1][..., -2] += 1  # the last echo
    assert not np.allclose(by_torch(old, context, changed), expected)


def test_a_kernel_lies_around_every_strike(model):
    torch = need_torch()
    given, struck = inputs(1, LENGTH, BOTH), np.zeros((1, LENGTH, STRIKES, PLACES), np.uint8)
    struck[0, 7, 3, 48] = 1
    moved = logits(model, given, struck) - logits(model, given)
    assert np.flatnonzero(np.abs(moved[0]).max(-1) > 1e-6).tolist() == [7]
    with torch.no_grad():
        parts = [torch.from_numpy(part) for part in given]
        stream = model.stream(*parts, torch.tensor([PREFIX]))[0, 7]
        kernel = (model.onsets.weight @ stream).view(STRIKES, -1)[3]
    around = moved[0, 7, FIRST_PLACE + 44 : FIRST_PLACE + 53]
    assert np.allclose(around, kernel.flip(0).numpy(), atol=1e-5)
    assert np.abs(np.delete(moved[0, 7], range(FIRST_PLACE + 44, FIRST_PLACE + 53))).max() < 1e-6


def test_kernels_begin_as_none():
    torch = need_torch()
    from models.transformer import Transformer

    found = []
    for reach in (0, 4):
        torch.manual_seed(0)
        model = Transformer(dataclasses.replace(BOTH, onset_reach=reach)).eval()
        found.append(logits(model, inputs(2, LENGTH, BOTH), strikes(2, LENGTH)))
    assert np.array_equal(*found)


def test_kernels_stay_out_of_compiled_graphs(model):
    torch = need_torch()
    from models.transformer import Heard

    graphs = []

    def backend(graph, _):
        graphs.append(graph.print_readable(print_output=False))
        return graph.forward

    given = [torch.from_numpy(part) for part in inputs(2, LENGTH, BOTH)]
    heard = Heard(*places(rolls(2, LENGTH)), *places(strikes(2, LENGTH)))
    compiled = torch.compile(model, backend=backend, dynamic=True)
    assert torch.allclose(compiled(*given, None, heard), model(*given, None, heard), atol=1e-5)
    assert any("linear" in graph for graph in graphs)
    assert not any("nonzero" in graph or "index_add" in graph for graph in graphs)


def test_what_stands_before_an_onset_at_the_end_of_a_context_counts(model, tmp_path):
    decoder = Decoder(stored(model, tmp_path))
    context, struck = inputs(1, PREFIX, BOTH), strikes(1, PREFIX)
    struck[0, -1, 0, 24] = 1
    silent = decoder.read(Inputs(*context, None, np.zeros_like(struck))).logits
    moved = np.abs(decoder.read(Inputs(*context, None, struck)).logits - silent) > 1e-6
    assert moved.any()
    assert set(np.flatnonzero(moved)) <= set(range(FIRST_PLACE, FIRST_PLACE + PLACES))


def test_kernels_are_not_rounded_to_8_bits(model, tmp_path):
    exact = model.state_dict()["onsets.weight"].numpy()
    kept = stored(model, tmp_path, "int8").arrays["onsets.weight"]
    assert 0 < np.abs(kept - exact).max() < 2**-11


def test_configs():
    assert NetworkConfig.from_json(BOTH.to_json()) == BOTH
    assert "onset" not in KERNELS.to_json()  # as files were before there were such kernels
    assert set(shapes(BOTH)) - set(shapes(KERNELS)) == {"onsets.weight", "echoes.weight"}
    assert (
        BOTH.features[BOTH.echo_streams]
        == OLDER.features[-4:]
        == OLDER.features[OLDER.echo_streams]
    )
    for changes in ({"onset_reach": -1}, {"onset_reach": 168}, {"vocabulary": 200}, {"echoes": 3}):
        with pytest.raises(BadFile):
            dataclasses.replace(BOTH, **changes)
