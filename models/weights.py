# SPDX-License-Identifier: Apache-2.0
"""Our weight files: float32, float16 or int8 with a scale for each row, and the network's config.

int8 keeps a matrix as whole numbers -127..127 and one float32 scale a row (symmetric, absolute
maximum), which shrinks it to a quarter; the norms' gains stay float32, and the kernels, of which
many values add up in one logit, float16. Nothing in a file is trusted: names, shapes and dtypes
must be those that its config asks for, numbers finite.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from models.errors import BadFile
from models.files import write_whole
from models.network import ADDED, NetworkConfig, shapes
from models.safetensors_file import Arrays, decode, encode, read_bytes

Storage = Literal["fp32", "fp16", "int8"]

CONFIG = "config"
SCALE = ".scale"  # suffix of the name of a matrix's scales


@dataclass(frozen=True, slots=True)
class Weights:
    """A network's weights as float32 arrays by name, and where they come from.

    Attributes:
        config: sizes of the network.
        arrays: name → float32 array, exactly those of `models.network.shapes`.
        card: what the file says of itself: data, licence, step ...
        sha256: of the file's bytes, in hexadecimal.
    """

    config: NetworkConfig
    arrays: Arrays
    card: dict[str, str]
    sha256: str

    def expect(self, name: str, value: str) -> None:
        """Refuse weights whose card says something else, such as another vocabulary.

        Raises:
            BadFile: it does.
        """
        if self.card.get(name) != value:
            raise BadFile(
                f"These weights were made for another {name}; install weights and code of one "
                "release.",
                where=name,
            )


def read(path: str | os.PathLike[str], sha256: str = "") -> Weights:
    """Read a weight file.

    Args:
        path: a file that `write` or the safetensors library wrote.
        sha256: the hash that it must have; empty takes any.

    Raises:
        BadFile: it can't be read, is damaged, of another kind, or not the one that was meant.
    """
    stored, metadata, digest = read_stored(path, sha256)
    config = NetworkConfig.from_json(metadata.pop(CONFIG, ""))
    return Weights(config, unpacked(stored, shapes(config)), metadata, digest)


def read_stored(
    path: str | os.PathLike[str], sha256: str = ""
) -> tuple[Arrays, dict[str, str], str]:
    """A file's arrays as they are stored, its metadata, and its hash; for any of our networks.

    Raises:
        BadFile: it can't be read, is damaged, or not the one that was meant.
    """
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if sha256 and digest != sha256:
        raise BadFile(f"{path} is not the file it should be; fetch it again.", where=str(path))
    return *decode(data), digest


def write(
    path: str | os.PathLike[str],
    arrays: Mapping[str, np.ndarray[Any, Any]],
    config: NetworkConfig,
    storage: Storage = "int8",
    card: Mapping[str, str] | None = None,
) -> str:
    """Write a weight file whole, and give its sha256.

    Raises:
        BadFile: the arrays are not those of this config, or a number is not finite.
    """
    stored = packed(arrays, shapes(config), storage)
    return write_stored(path, stored, {**(card or {}), CONFIG: config.to_json()})


def write_stored(path: str | os.PathLike[str], stored: Arrays, metadata: Mapping[str, str]) -> str:
    """Write arrays as `packed` gives them whole, and give the file's sha256."""
    data = encode(stored, metadata)
    write_whole(path, data)
    return hashlib.sha256(data).hexdigest()


def packed(
    arrays: Mapping[str, np.ndarray[Any, Any]],
    wanted: Mapping[str, tuple[int, ...]],
    storage: Storage,
) -> Arrays:
    """Arrays as they are stored: matrices rounded, vectors float32.

    Raises:
        BadFile: the arrays are not those wanted, or a number is not finite.
    """
    stored: Arrays = {}
    for name, shape in wanted.items():
        if name not in arrays or arrays[name].shape != shape:
            raise _wrong(f"{name} is missing or of another shape")
        stored |= _packed(name, np.asarray(arrays[name], np.float32), storage)
    return stored


def _packed(name: str, array: np.ndarray[Any, Any], storage: Storage) -> Arrays:
    """One weight as it is stored."""
    if not np.isfinite(array).all():
        raise _wrong(f"{name} has numbers that are not finite")
    if array.ndim == 1 or storage == "fp32":
        return {name: array}
    if storage == "fp16" or name in ADDED:
        limit = float(np.finfo(np.float16).max)
        return {name: np.clip(array, -limit, limit).astype(np.float16)}
    largest = np.abs(array).max(axis=1)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    rounded = np.rint(array / scale[:, None])
    return {name: np.clip(rounded, -127, 127).astype(np.int8), name + SCALE: scale}


def unpacked(stored: Arrays, wanted: Mapping[str, tuple[int, ...]]) -> Arrays:
    """Float32 arrays of what was stored; names and shapes must be exactly those wanted.

    Raises:
        BadFile: they are not, or a number is not finite.
    """
    scales = {name + SCALE for name in wanted if _dtype(stored, name) == np.int8}
    if set(stored) != set(wanted) | scales:
        strange = sorted(set(stored) ^ (set(wanted) | scales))[0]
        raise _wrong(f"{strange[:60]} is missing, or does not belong to it")
    return {name: _unpacked(stored, name, shape) for name, shape in wanted.items()}


def _dtype(stored: Mapping[str, np.ndarray[Any, Any]], name: str) -> np.dtype[Any] | None:
    """The dtype of one stored array, or None where it is absent."""
    return stored[name].dtype if name in stored else None


def _unpacked(stored: Arrays, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    array = stored[name]
    if array.shape != shape:
        raise _wrong(f"{name} is of shape {array.shape}, not {shape}")
    plain = array.astype(np.float32)
    if array.dtype == np.int8:
        scale = stored[name + SCALE]
        if len(shape) != 2 or scale.shape != shape[:1] or scale.dtype == np.int8:
            raise _wrong(f"the scales of {name} are not one a row")
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            plain *= scale.astype(np.float32)[:, None]
    if not np.isfinite(plain).all():
        raise _wrong(f"{name} has numbers that are not finite")
    return plain


def _wrong(why: str) -> BadFile:
    return BadFile(f"These are not the weights of this network: {why}.", where="weights")
