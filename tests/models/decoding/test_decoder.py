# SPDX-License-Identifier: Apache-2.0
"""The numpy network says what the torch network says, however its tokens are handed in."""

import dataclasses

import pytest
from neural import SMALL, inputs, lively, need, need_torch, stored

from models.errors import BadArgument

np = need("numpy")

from models.decoding import decoder, session  # noqa: E402

PREFIX, ROWS, LENGTH = 20, 3, 12


@pytest.fixture
def pair(tmp_path):
    """A torch network and the decoder of its weight file."""
    model = lively()
    return model, decoder.Decoder(stored(model, tmp_path, "fp32"))


def by_torch(model, context, target, *, both_ways):
    """Logits (N, T + 1, V): after the context, and after each target token."""
    torch = need_torch()
    rows = len(target[0])
    whole = [
        torch.from_numpy(np.concatenate((np.repeat(c, rows, 0), t), 1))
        for c, t in zip(context, target, strict=True)
    ]
    prefix = torch.full((rows,), PREFIX) if both_ways else None
    with torch.no_grad():
        return model(*whole, prefix)[:, PREFIX - 1 :].numpy()


def piece(parts, first, last):
    return decoder.Inputs(*(part[:, first:last] for part in parts))


def step_by_step(running, target):
    logits = [running.logits]
    for place in range(target[0].shape[1]):
        running.extend(piece(target, place, place + 1))
        logits.append(running.logits)
    return np.stack(logits, 1)


@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize("rows", [1, ROWS])
def test_parity_with_torch(pair, both_ways, rows):
    model, numpy_side = pair
    context, target = inputs(1, PREFIX), inputs(rows, LENGTH, seed=1)
    expected = by_torch(model, context, target, both_ways=both_ways)
    prefix = numpy_side.read(decoder.Inputs(*context), both_ways=both_ways)
    found = step_by_step(numpy_side.start(prefix, rows), target)
    assert np.abs(found - expected).max() < 1e-4
    assert (found.argmax(-1) == expected.argmax(-1)).all()
    assert expected.std() > 0.3, "the network says nothing"


@pytest.mark.parametrize(("storage", "tolerance"), [("fp16", 0.01), ("int8", 0.2)])
def test_small_weights_stay_close(tmp_path, storage, tolerance):
    model = lively()
    context, target = inputs(1, PREFIX), inputs(ROWS, LENGTH, seed=1)
    expected = by_torch(model, context, target, both_ways=True)
    numpy_side = decoder.Decoder(stored(model, tmp_path, storage))
    prefix = numpy_side.read(decoder.Inputs(*context))
    found = step_by_step(numpy_side.start(prefix, ROWS), target)
    error = np.abs(found - expected)
    assert 0 < error.max() < tolerance * expected.std() * 5
    assert error.mean() < tolerance * expected.std()


def test_a_long_context_is_read_in_pieces(tmp_path, monkeypatch):
    model = lively()
    read = stored(model, tmp_path, "fp32")
    context = decoder.Inputs(*inputs(1, 40))
    for both_ways in (True, False):
        at_once = decoder.Decoder(read).read(context, both_ways=both_ways)
        with monkeypatch.context() as patch:
            patch.setattr(decoder, "ROWS_AT_ONCE", 7)
            in_pieces = decoder.Decoder(read).read(context, both_ways=both_ways)
        assert np.allclose(at_once.logits, in_pieces.logits, atol=1e-5)


def test_many_tokens_at_once_are_one_after_another(pair):
    _, numpy_side = pair
    prefix = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX)))
    target = inputs(ROWS, LENGTH, seed=1)
    single = step_by_step(numpy_side.start(prefix, ROWS), target)
    running = numpy_side.start(prefix, ROWS)
    first = running.extend(piece(target, 0, 5))
    rest = running.extend(piece(target, 5, LENGTH))
    assert np.allclose(np.concatenate((first, rest), 1), single[:, 1:], atol=1e-4)


def test_candidates_of_different_lengths(pair):
    _, numpy_side = pair
    prefix = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX)))
    target = inputs(ROWS, LENGTH, seed=1)
    single = step_by_step(numpy_side.start(prefix, ROWS), target)
    running = numpy_side.start(prefix, ROWS)
    running.extend(piece(target, 0, 4), np.array([4, 1, 0]))
    assert list(running.lengths) == [4, 1, 0]
    for row, length in enumerate((4, 1, 0)):
        assert np.allclose(running.logits[row], single[row, length], atol=1e-4)
    following = [part.copy()[:, :1] for part in target]
    for part, whole in zip(following, target, strict=True):
        for row, length in enumerate((4, 1, 0)):
            part[row, 0] = whole[row, length]
    running.extend(decoder.Inputs(*following))
    for row, length in enumerate((5, 2, 1)):
        assert np.allclose(running.logits[row], single[row, length], atol=1e-4)


def test_going_back_leaves_no_trace(pair):
    _, numpy_side = pair
    prefix = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX)))
    target, other = inputs(2, LENGTH, seed=1), inputs(2, 5, seed=2)
    expected = step_by_step(numpy_side.start(prefix, 2), target)
    running = numpy_side.start(prefix, 2)
    running.extend(piece(target, 0, 3))
    lengths, logits = running.lengths, running.logits
    running.extend(decoder.Inputs(*other))
    running.rewind(lengths, logits)
    assert np.allclose(running.logits, expected[:, 3], atol=1e-4)
    running.extend(piece(target, 3, 4))
    assert np.allclose(running.logits, expected[:, 4], atol=1e-4)


def test_some_candidates_go_on_alone(pair):
    _, numpy_side = pair
    prefix = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX)))
    target = inputs(ROWS, LENGTH, seed=1)
    expected = step_by_step(numpy_side.start(prefix, ROWS), target)
    running = numpy_side.start(prefix, ROWS)
    running.extend(piece(target, 0, 3))
    kept = [2, 0, 2]  # one twice
    running.keep(kept)
    running.extend(decoder.Inputs(*(part[kept, 3:4] for part in target)))
    assert np.allclose(running.logits, expected[kept, 4], atol=1e-4)


def test_room_grows(pair, monkeypatch):
    _, numpy_side = pair
    prefix = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX)))
    target = inputs(2, LENGTH, seed=1)
    expected = step_by_step(numpy_side.start(prefix, 2), target)
    monkeypatch.setattr(session, "ROOM", 1)
    found = step_by_step(numpy_side.start(prefix, 2), target)
    assert np.allclose(found, expected, atol=1e-4)
    longer = numpy_side.start(prefix, 2)
    longer.extend(piece(target, 0, 4), np.array([4, 1]))
    longer.keep([1])  # what the other one said is gone
    longer.extend(decoder.Inputs(*(part[1:, 1:4] for part in target)))
    assert np.allclose(longer.logits[0], expected[1, 4], atol=1e-4)


def test_the_prefix_stays_as_it_was(pair):
    _, numpy_side = pair
    prefix = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX)))
    before = prefix.keys.copy(), prefix.values.copy(), prefix.logits.copy()
    several = numpy_side.start(prefix, 3)
    several.extend(piece(inputs(3, LENGTH, seed=1), 0, 5), np.array([5, 2, 0]))
    several.keep([1, 1])
    several.extend(piece(inputs(2, LENGTH, seed=2), 0, 1))
    several.rewind(several.lengths - 1, several.logits)
    after = prefix.keys, prefix.values, prefix.logits
    assert all(map(np.array_equal, before, after))


def test_a_context_is_read_once_and_the_oldest_forgotten(pair):
    _, numpy_side = pair
    contexts = [decoder.Inputs(*inputs(1, PREFIX, seed=seed)) for seed in range(6)]
    first = numpy_side.read(contexts[0])
    again = numpy_side.read(decoder.Inputs(*inputs(1, PREFIX, seed=0)))
    assert again is first
    assert numpy_side.read(contexts[0], both_ways=False) is not first
    for context in contexts[1:]:
        numpy_side.read(context)
    assert numpy_side.read(contexts[0]) is not first
    changed = dataclasses.replace(contexts[5], sounding=1 - contexts[5].sounding)
    assert numpy_side.read(changed) is not numpy_side.read(contexts[5])
    features = contexts[5].features.copy()
    features[0, 3, 0] = 1 - features[0, 3, 0].clip(0, 1)
    elsewhere = dataclasses.replace(contexts[5], features=features)
    assert numpy_side.read(elsewhere) is not numpy_side.read(contexts[5])


def test_too_long_and_empty_contexts_are_refused(pair):
    _, numpy_side = pair
    with pytest.raises(BadArgument, match="64 tokens"):
        numpy_side.read(decoder.Inputs(*inputs(1, SMALL.context + 1)))
    with pytest.raises(BadArgument, match="at least one"):
        numpy_side.read(decoder.Inputs(*inputs(1, 0)))
    running = numpy_side.start(numpy_side.read(decoder.Inputs(*inputs(1, SMALL.context))))
    with pytest.raises(BadArgument, match="fewer bars"):
        running.extend(decoder.Inputs(*inputs(1, 1)))
