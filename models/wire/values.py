# SPDX-License-Identifier: Apache-2.0
"""Checked values out of JSON data; each error names the field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from models.errors import BadClip, NextbarError

T = TypeVar("T")


def number(value: object, name: str) -> float:
    """A number as a float; infinities and NaN pass, the types refuse them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadClip(f"{name} must be a number, not {value!r:.40}.", where=name)
    try:
        return float(value)
    except OverflowError:
        raise BadClip(f"{name} is too large.", where=name) from None


def whole(value: object, name: str) -> int:
    """A whole number, also where it was written as 4.0."""
    exact = number(value, name)
    if not exact.is_integer():  # NaN and infinity are not whole either
        raise BadClip(f"{name} must be a whole number, not {value!r:.40}.", where=name)
    return int(exact)


def flag(value: object, name: str) -> bool:
    """True or false, also where it was written as 1 or 0."""
    if not isinstance(value, int | float) or value not in {0, 1}:
        raise BadClip(f"{name} must be true or false, not {value!r:.40}.", where=name)
    return bool(value)


def sequence(value: object, where: str) -> Sequence[Any]:
    """A list; text is none."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadClip(f"{where} must be a list.", where=where)
    return value


def at(place: str, build: Callable[[], T]) -> T:
    """Run `build`; an error that it raises names its field below `place`."""
    try:
        return build()
    except NextbarError as error:
        below = f"{place}.{error.where}" if error.where else place
        raise BadClip(error.message, where=below) from None
