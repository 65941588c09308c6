# SPDX-License-Identifier: Apache-2.0
"""Weight files: what comes back, what the safetensors library says of them, what is refused."""

import json
import pickle
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neural import SMALL, need

from models.errors import BadFile
from models.network import shapes

np = need("numpy")

from models import safetensors_file, weights  # noqa: E402 - after the guard


def arrays(seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 0.1, s).astype(np.float32) for name, s in shapes(SMALL).items()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "w.safetensors"


@pytest.mark.parametrize(("storage", "steps"), [("fp32", 0), ("fp16", 2**-11), ("int8", 1 / 127)])
def test_what_is_written_comes_back(path, storage, steps):
    given_arrays = arrays()
    digest = weights.write(path, given_arrays, SMALL, storage, {"licence": "CC0-1.0"})
    found = weights.read(path, digest)
    assert found.config == SMALL
    assert found.card == {"licence": "CC0-1.0"}
    assert found.sha256 == digest
    for name, array in given_arrays.items():
        error = np.abs(found.arrays[name] - array)
        largest = np.abs(array).max(axis=-1, keepdims=True)
        assert (error <= steps * largest / (2 if storage == "int8" else 1) + 1e-9).all()


def test_sizes_of_the_files(path):
    sizes = {}
    for storage in ("fp32", "fp16", "int8"):
        weights.write(path, arrays(), SMALL, storage)
        sizes[storage] = path.stat().st_size
    assert sizes["fp16"] < 0.6 * sizes["fp32"]
    assert sizes["int8"] < 0.4 * sizes["fp32"]


def test_the_same_weights_make_the_same_file(path):
    assert weights.write(path, arrays(), SMALL) == weights.write(path, arrays(), SMALL)
    assert weights.write(path, arrays(1), SMALL) != weights.write(path, arrays(), SMALL)
    assert not list(path.parent.glob("*.part"))


def test_rows_of_zeros_and_extremes(path):
    given_arrays = arrays()
    given_arrays["norm.weight"][:] = 0
    given_arrays["token.weight"][0] = 0
    given_arrays["token.weight"][1] = 1e6
    weights.write(path, given_arrays, SMALL, "int8")
    found = weights.read(path).arrays["token.weight"]
    assert not found[0].any()
    assert np.allclose(found[1], 1e6)
    weights.write(path, given_arrays, SMALL, "fp16")
    assert np.isfinite(weights.read(path).arrays["token.weight"]).all()


@pytest.mark.parametrize("storage", ["fp32", "fp16", "int8"])
def test_the_library_reads_our_files(path, storage):
    library = need("safetensors.numpy")
    weights.write(path, arrays(), SMALL, storage, {"licence": "CC0-1.0"})
    theirs = library.load_file(path)
    ours, metadata = safetensors_file.decode(path.read_bytes())
    assert set(theirs) == set(ours)
    for name, array in theirs.items():
        assert array.dtype == ours[name].dtype
        assert np.array_equal(array, ours[name])
    with need("safetensors").safe_open(path, framework="numpy") as file:
        assert file.metadata() == metadata


def test_we_read_the_library_s_files(path):
    library = need("safetensors.numpy")
    library.save_file(arrays(), path, metadata={"config": SMALL.to_json()})
    found = weights.read(path)
    assert found.config == SMALL
    assert all(np.array_equal(found.arrays[name], array) for name, array in arrays().items())


def test_the_wrong_file_is_refused(path, tmp_path):
    weights.write(path, arrays(), SMALL)
    with pytest.raises(BadFile, match="not the file it should be"):
        weights.read(path, "0" * 64)
    with pytest.raises(BadFile, match="can't be read"):
        weights.read(tmp_path / "none.safetensors")
    with pytest.raises(BadFile, match="can't be read"):
        weights.read(tmp_path)
    with pytest.raises(BadFile, match="another vocabulary"):
        weights.read(path).expect("vocabulary", "abc")


def test_a_file_that_is_too_large_is_not_read(path, monkeypatch):
    monkeypatch.setattr(safetensors_file, "MAX_FILE_BYTES", 1000)
    path.write_bytes(bytes(1001))
    with pytest.raises(BadFile, match="larger than"):
        weights.read(path)


def test_pickles_are_refused(path):
    path.write_bytes(pickle.dumps(arrays()))
    with pytest.raises(BadFile, match="another kind of file"):
        weights.read(path)


def edited(path, change):
    """The file with another header."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    text = change(header)
    text = json.dumps(header) if text is None else text
    path.write_bytes(struct.pack("<Q", len(text)) + text.encode() + data[8 + length :])


def put(name, **fields):
    return lambda header: header[name].update(fields)


TOKEN, SHAPE = "token.weight", [50, 32]
DAMAGE = {
    "dtype": put(TOKEN, dtype="F64"),
    "dtype of another kind": put(TOKEN, dtype=["F32"]),
    "shape too large": put(TOKEN, shape=[50, 33]),
    "shape of another kind": put(TOKEN, shape="50"),
    "shape with a fraction": put(TOKEN, shape=[50.0, 32]),
    "shape with truth": put(TOKEN, shape=[True, 1600]),
    "shape below zero": put(TOKEN, shape=[-50, -32]),
    "huge shape": put(TOKEN, shape=[2**40, 2**40]),
    "another shape of the same size": put(TOKEN, shape=[32, 50]),
    "offsets turned round": put(TOKEN, data_offsets=[100, 0]),
    "offsets past the end": put(TOKEN, data_offsets=[0, 10**7]),
    "overlap": put("norm.weight", data_offsets=[0, 128]),
    "more fields": put(TOKEN, more=1),
    "a name too few": lambda header: header.pop("norm.weight") and None,
    "a name twice": lambda header: json.dumps(header)[:-1] + ', "norm.weight": {}}',
    "no config": lambda header: header["__metadata__"].pop("config") and None,
    "metadata of another kind": lambda header: header.update(__metadata__={"config": 3}),
    "another config": lambda header: header["__metadata__"].update(
        config=SMALL.to_json().replace('"layers": 2', '"layers": 3')
    ),
    "a list": lambda header: "[]",
    "deep": lambda header: "[" * 100_000,
    "no json": lambda header: "{" * 8,
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_damaged_headers_are_refused(path, change):
    weights.write(path, arrays(), SMALL, "fp32")
    edited(path, change)
    with pytest.raises(BadFile):
        weights.read(path)


def test_numbers_that_are_not_finite_are_refused(path):
    spoilt = arrays()
    spoilt["norm.weight"][3] = np.nan
    with pytest.raises(BadFile, match="finite"):
        weights.write(path, spoilt, SMALL)
    library = need("safetensors.numpy")
    for value in (np.nan, np.inf):
        spoilt["norm.weight"][3] = value
        library.save_file(spoilt, path, metadata={"config": SMALL.to_json()})
        with pytest.raises(BadFile, match="finite"):
            weights.read(path)


def test_scales_must_belong_to_their_matrix(path):
    weights.write(path, arrays(), SMALL, "int8")
    stored, metadata = safetensors_file.decode(path.read_bytes())
    scale = TOKEN + weights.SCALE
    endless = np.full(50, 3e38, np.float32)
    for odd in ({scale: stored[scale][:-1]}, {scale: endless}, {"x.scale": endless}):
        path.write_bytes(safetensors_file.encode({**stored, **odd}, metadata))
        with pytest.raises(BadFile):
            weights.read(path)
    gains = {"norm.weight": np.ones(32, np.int8), "norm.weight.scale": np.ones(32, np.float32)}
    path.write_bytes(safetensors_file.encode({**stored, **gains}, metadata))
    with pytest.raises(BadFile, match="one a row"):
        weights.read(path)


def small_file():
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.int8)}
    return safetensors_file.encode(tensors, {"config": "x"})


def accepted(data):
    try:
        return safetensors_file.decode(data)[0]
    except BadFile:
        return None


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_gives_a_coded_error_or_arrays(data):
    whole = bytearray(small_file())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    for damaged in (bytes(whole), cut, bytes(whole) + cut):
        found = accepted(damaged)
        assert found is None or all(array.size <= len(damaged) for array in found.values())


@given(st.binary(max_size=200))
def test_any_bytes(data):
    accepted(data)
    assert accepted(small_file()[: len(data) % len(small_file())]) is None
