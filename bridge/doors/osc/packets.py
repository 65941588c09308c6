# SPDX-License-Identifier: Apache-2.0
"""OSC 1.0 packets: bytes <-> addresses with arguments. Pure.

Our own reader rather than a library's, because the door has to know a 32-bit float from a
double, must not be slowed by long strings, and must survive any bytes at all.
Source: https://opensoundcontrol.stanford.edu/spec-1_0.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bridge.errors import BadMessage

MAX_DEPTH = 8  # of bundles in bundles
MAX_MESSAGES = 1024  # in one datagram
MAX_TEXT_BYTES = 2048  # of one text that we send in plain form

_BUNDLE = b"#bundle\0"
_INT32 = range(-(2**31), 2**31)


class Single(float):
    """A number that came as a 32-bit float, so that its last digits mean nothing."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class OscMessage:
    """One OSC message; an argument is an int, float, `Single`, bool, text, None or a list."""

    address: str
    args: tuple[Any, ...] = ()


def decode(datagram: bytes) -> list[OscMessage]:
    """Every message of a datagram, bundles opened, in order; time tags are ignored.

    Raises:
        BadMessage: some part of it is not OSC; then nothing of it may be used.
    """
    messages: list[OscMessage] = []
    for message in _elements(datagram, MAX_DEPTH):
        messages.append(message)
        if len(messages) > MAX_MESSAGES:
            raise BadMessage(f"A datagram may hold {MAX_MESSAGES} messages at most.")
    return messages


def _elements(data: bytes, depth: int) -> Iterator[OscMessage]:
    if not data.startswith(_BUNDLE):
        yield _message(data)
        return
    if depth == 0:
        raise BadMessage(f"Bundles may be nested {MAX_DEPTH} deep at most.")
    at = 16  # the name and the time tag
    if len(data) < at:
        raise BadMessage("The bundle is cut short.")
    while at < len(data):
        (size,) = _unpack(">i", data, at)
        if size <= 0 or size % 4 or at + 4 + size > len(data):
            raise BadMessage("The bundle is cut short or names a wrong size.")
        yield from _elements(data[at + 4 : at + 4 + size], depth - 1)
        at += 4 + size


def _message(data: bytes) -> OscMessage:
    raw_address, at = _string(data, 0)
    if not raw_address.startswith(b"/") or not raw_address.isascii():
        raise BadMessage("An OSC message begins with an address such as /nextbar/ping.")
    address = raw_address.decode("ascii")
    if at == len(data):  # some old senders leave out an empty list of types
        return OscMessage(address)
    tags, at = _string(data, at)
    if not tags.startswith(b","):
        raise BadMessage("The list of types must begin with a comma.", where=address[:80])
    return OscMessage(address, _arguments(tags[1:].decode("latin-1"), data, at))


def _arguments(tags: str, data: bytes, at: int) -> tuple[Any, ...]:
    args: list[Any] = []
    array: list[Any] | None = None
    for tag in tags:
        if tag == "[" and array is None:
            array = []
        elif tag == "]" and array is not None:
            args.append(array)
            array = None
        elif reader := _READERS.get(tag):
            value, at = reader(data, at)
            (args if array is None else array).append(value)
        else:
            raise BadMessage(f"The type {tag!r} has no use here; send i, f, s, h, d, T or F.")
    if array is not None:
        raise BadMessage("A list is not closed in the list of types.")
    return tuple(args)


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\0", at)
    after = (end // 4 + 1) * 4
    if end < 0 or after > len(data):
        raise BadMessage("The message is cut short, or not OSC.")
    return data[at:end], after


def _text(data: bytes, at: int) -> tuple[str, int]:
    raw, after = _string(data, at)
    return raw.decode("utf-8", "replace"), after


def _unpack(form: str, data: bytes, at: int) -> tuple[Any]:
    try:
        return struct.unpack_from(form, data, at)
    except struct.error:
        raise BadMessage("The message is cut short.") from None


def _number(form: str, kind: Callable[[Any], Any]) -> Callable[[bytes, int], tuple[Any, int]]:
    size = struct.calcsize(form)
    return lambda data, at: (kind(_unpack(form, data, at)[0]), at + size)


def _constant(value: object) -> Callable[[bytes, int], tuple[Any, int]]:
    return lambda _data, at: (value, at)


_READERS: dict[str, Callable[[bytes, int], tuple[Any, int]]] = {
    "i": _number(">i", int),
    "h": _number(">q", int),
    "f": _number(">f", Single),
    "d": _number(">d", float),
    "s": _text,
    "S": _text,
    "T": _constant(True),
    "F": _constant(False),
    "N": _constant(None),
    "I": _constant(1),
}


def encode(address: str, *args: object) -> bytes:
    """A message of the types i, f and s, which every OSC program reads.

    Booleans become 0 or 1, whole numbers beyond 32 bits become text, None becomes empty text.
    """
    tags, body = [","], b""
    for arg in args:
        tag, raw = _argument(arg)
        tags.append(tag)
        body += raw
    return _padded(address) + _padded("".join(tags)) + body


def _argument(arg: object) -> tuple[str, bytes]:
    if isinstance(arg, int) and arg in _INT32:
        return "i", struct.pack(">i", arg)
    if isinstance(arg, float):
        try:
            return "f", struct.pack(">f", arg)
        except OverflowError:  # beyond 32 bits
            return "s", _padded(repr(arg))
    return "s", _padded("" if arg is None else str(arg))


def _padded(text: str) -> bytes:
    raw = text.replace("\0", "").encode("utf-8", "replace")
    return raw + b"\0" * (4 - len(raw) % 4)


def shortened(text: str, limit_bytes: int = MAX_TEXT_BYTES) -> str:
    """The text, cut where it would not fit in a plain message."""
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= limit_bytes else raw[:limit_bytes].decode("utf-8", "ignore") + "..."
