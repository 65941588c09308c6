# SPDX-License-Identifier: Apache-2.0
"""The `.amxd` container, as read out of devices that Max saved.

A flat list of chunks, each a tag, a little-endian length and the payload: `ampf` names the kind
of device, `meta` says whether it is frozen, `ptch` holds the patcher. A frozen patcher is a block
of its own, `mx@c`: all files back to back, then a list of them. Inside it every integer is
big-endian, and a length counts the eight bytes of its own header.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = {"audio": b"aaaa", "midi": b"mmmm", "instrument": b"iiii"}

_FROZEN_WITH_FILES = 7
_MAIN, _ORDINARY = 0x11, 0x0
_BLOCK_HEADER = 16
# Every build has the same date, or no two builds of the same sources would be alike:
# 2026-01-01 00:00 UTC, in seconds since 1904-01-01.
DATE = 1_767_225_600 + 2_082_844_800


@dataclass(frozen=True, slots=True)
class Frozen:
    """One file inside a frozen device.

    Attributes:
        name: by which the patcher finds it.
        kind: four characters, such as `TEXT` for a script and `JSON` for a patcher.
        data: its bytes.
    """

    name: str
    kind: str
    data: bytes


def write_device(kind: str, patcher: Frozen, files: Sequence[Frozen]) -> bytes:
    """The bytes of a frozen device.

    Args:
        kind: `audio`, `midi` or `instrument`.
        patcher: the main patcher, JSON text without the NUL that ends it in the file.
        files: what it depends on.
    """
    main = Frozen(patcher.name, patcher.kind, patcher.data + b"\0")
    return b"".join(
        (
            _chunk(b"ampf", KINDS[kind]),
            _chunk(b"meta", _FROZEN_WITH_FILES.to_bytes(4, "little")),
            _chunk(b"ptch", _block((main, *files))),
        )
    )


def _chunk(tag: bytes, payload: bytes) -> bytes:
    return tag + len(payload).to_bytes(4, "little") + payload


def _block(files: Sequence[Frozen]) -> bytes:
    """The `mx@c` block; the first file is the main patcher."""
    data = b"".join(file.data for file in files)
    entries = []
    offset = _BLOCK_HEADER
    for index, file in enumerate(files):
        entries.append(_entry(file, offset, _ORDINARY if index else _MAIN))
        offset += len(file.data)
    header = b"mx@c" + _BLOCK_HEADER.to_bytes(4, "big") + offset.to_bytes(8, "big")
    return header + data + _field(b"dlst", b"".join(entries))


def _entry(file: Frozen, offset: int, flag: int) -> bytes:
    fields = (
        (b"type", file.kind.ljust(4).encode("ascii")),
        (b"fnam", _padded(file.name)),
        (b"sz32", len(file.data).to_bytes(4, "big")),
        (b"of32", offset.to_bytes(4, "big")),
        (b"vers", bytes(4)),
        (b"flag", flag.to_bytes(4, "big")),
        (b"mdat", DATE.to_bytes(4, "big")),
    )
    return _field(b"dire", b"".join(_field(tag, data) for tag, data in fields))


def _field(tag: bytes, data: bytes) -> bytes:
    return tag + (8 + len(data)).to_bytes(4, "big") + data


def _padded(name: str) -> bytes:
    """The name with at least one NUL, up to a multiple of four bytes."""
    data = name.encode("utf-8") + b"\0"
    return data + bytes(-len(data) % 4)
