# SPDX-License-Identifier: Apache-2.0
"""Safetensors files read and written with numpy alone, every claim of the header checked.

The format (huggingface/safetensors, README "Format"): eight bytes of header length, a JSON
header of name → dtype, shape, begin and end, then the raw little-endian numbers without holes.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import BadFile

Arrays = dict[str, np.ndarray[Any, Any]]

MAX_FILE_BYTES = 64 * 2**20
MAX_HEADER_BYTES = 2**20
DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I8": np.dtype("i1"),
}
METADATA = "__metadata__"


def decode(data: bytes) -> tuple[Arrays, dict[str, str]]:
    """Arrays (read-only views) and metadata of a file's bytes.

    Raises:
        BadFile: the bytes are not a safetensors file with float32, float16 and int8 alone.
    """
    header, body = _split(data)
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _damaged("its metadata is no table of texts")
    entries = [(name, *_entry(name, entry)) for name, entry in header.items()]
    arrays: Arrays = {}
    place = 0
    for name, dtype, shape, (begin, end) in sorted(entries, key=lambda entry: entry[3]):
        if begin != place or end - begin != prod(shape) * dtype.itemsize or end > len(body):
            raise _damaged(f"{name} does not lie where the header says")
        arrays[name] = np.frombuffer(body[begin:end], dtype).reshape(shape)
        place = end
    if place != len(body):
        raise _damaged("bytes are left over at its end")
    return arrays, metadata


def encode(arrays: Mapping[str, np.ndarray[Any, Any]], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a file; the same arrays give the same bytes."""
    codes = {dtype: code for code, dtype in DTYPES.items()}
    header: dict[str, object] = {METADATA: dict(sorted(metadata.items()))}
    blobs: list[bytes] = []
    place = 0
    # The library wants long numbers first, so that each array is aligned to its own size.
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])):
        dtype = array.dtype.newbyteorder("<")
        blob = np.ascontiguousarray(array, dtype).tobytes()
        header[name] = {
            "dtype": codes[dtype],
            "shape": list(array.shape),
            "data_offsets": [place, place + len(blob)],
        }
        blobs.append(blob)
        place += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((struct.pack("<Q", len(text)), text, *blobs))


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """A weight file's bytes, if it is not larger than one may be.

    Raises:
        BadFile: there is no such file, it can't be read, or it is too large.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.", where=str(path)) from error
    if len(data) > MAX_FILE_BYTES:
        raise BadFile(
            f"{path} is larger than {MAX_FILE_BYTES >> 20} MB; it is no weight file of nextbar.",
            where=str(path),
        )
    return data


def _split(data: bytes) -> tuple[dict[str, Any], memoryview]:
    """The header as a table, and what follows it."""
    if len(data) < 8:
        raise _damaged("it is too short")
    (length,) = struct.unpack_from("<Q", data)
    if not 2 <= length <= min(MAX_HEADER_BYTES, len(data) - 8):
        raise _damaged("its header is cut off, or it is another kind of file")
    try:
        header = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _damaged("its header can't be read") from error
    if not isinstance(header, dict):
        raise _damaged("its header is no table")
    return header, memoryview(data)[8 + length :]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands twice")
    return table


def _entry(name: str, entry: object) -> tuple[np.dtype[Any], tuple[int, ...], tuple[int, int]]:
    """Dtype, shape, and begin and end of one array, as whole numbers."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _damaged(f"{name} is not described")
    shape: list[int] = entry["shape"]
    offsets: list[int] = entry["data_offsets"]
    code = entry["dtype"]
    if not isinstance(code, str) or code not in DTYPES:
        raise _damaged(f"{name} is of dtype {str(code)[:20]}; only {', '.join(DTYPES)} are read")
    if not (_whole(shape) and _whole(offsets) and len(shape) <= 4 and len(offsets) == 2):
        raise _damaged(f"{name} has no proper shape or place")
    return DTYPES[code], tuple(shape), (offsets[0], offsets[1])


def _whole(values: Any) -> bool:
    """Whether it is a list of whole numbers from 0 that a file this small can mean."""
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value <= MAX_FILE_BYTES for value in values
    )


def _damaged(why: str) -> BadFile:
    return BadFile(f"The weight file is damaged: {why}; fetch it again.", where="weights")
