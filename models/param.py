# SPDX-License-Identifier: Apache-2.0
"""Param: one named setting of a command or an engine, and how loose input becomes its value.

OSC programs send 4.0 for 4 and 1 for true, command lines send text, JSON sends what it likes:
`Param.coerce` takes all of these and either returns a value in range or says what was wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from models.errors import BadArgument

ParamKind = Literal["int", "float", "bool", "text", "choice", "ints"]

_TRUE = frozenset({"1", "true", "on", "yes"})
_FALSE = frozenset({"0", "false", "off", "no"})


@dataclass(frozen=True, slots=True)
class Param:
    """One setting.

    Attributes:
        name: stable, with its unit where it has one (`length_beats`).
        kind: ints is a list of whole numbers: a JSON list, `36,38` or a single number.
        default: value when not given; None means "decided by the engine".
        doc: one sentence for menus and docs.
        low, high: allowed range, both inclusive.
        choices: for kind choice.
        unit: for display, such as `bars` or `bpm`.
        required: refused when missing.
    """

    name: str
    kind: ParamKind
    default: Any
    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    required: bool = False

    def coerce(self, value: object) -> Any:
        """The value in this parameter's kind and range.

        Raises:
            BadArgument: names the parameter, what is allowed and what was given.
        """
        if self.kind == "ints":
            return tuple(self._number(item) for item in _items(value))
        if self.kind in {"int", "float"}:
            return self._number(value)
        if self.kind == "bool":
            return self._flag(value)
        return self._text(value)

    def allowed(self) -> str:
        """What may be given, in words: "1 to 64 bars"."""
        if self.kind == "choice":
            named = ", ".join(choice for choice in self.choices if choice)
            return f"one of {named}" + (" or nothing" if "" in self.choices else "")
        if self.kind == "bool":
            return "true or false"
        if self.kind == "text":
            return "text"
        number = "whole number" if self.kind in {"int", "ints"} else "number"
        if self.low is None or self.high is None:
            return f"any {number}"
        span = f"{_plain(self.low)} to {_plain(self.high)}"
        return f"a {number} from {span}" + f" {self.unit}".rstrip()

    def _number(self, value: object) -> int | float:
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            raise self._refuse(value) from None
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not math.isfinite(number) or not low <= number <= high:
            raise self._refuse(value)
        if self.kind == "float":
            return number
        if number != int(number):
            raise self._refuse(value)
        return int(value) if isinstance(value, int) else int(number)

    def _flag(self, value: object) -> bool:
        text = str(value).strip().lower()
        text = text.removesuffix(".0")
        if text in _TRUE | _FALSE:
            return text in _TRUE
        raise self._refuse(value)

    def _text(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._refuse(value)
        if self.kind == "choice" and value not in self.choices:
            raise self._refuse(value)
        return value

    def _refuse(self, value: object) -> BadArgument:
        shown = repr(value)[:60]
        return BadArgument(f"{self.name} must be {self.allowed()}, not {shown}.", where=self.name)


def coerce_all(params: Sequence[Param], given: Mapping[str, object]) -> dict[str, Any]:
    """Every parameter's value: given, coerced, or its default.

    Raises:
        BadArgument: for an unknown name, a bad value or a missing required one.
    """
    by_name = {param.name: param for param in params}
    for name in given:
        if name not in by_name:
            raise BadArgument(
                f"{name} is not a parameter here; there are {', '.join(by_name) or 'none'}.",
                where=str(name),
            )
    values: dict[str, Any] = {}
    for param in params:
        value = given.get(param.name)
        if value is None and param.required:
            raise BadArgument(f"{param.name} is needed: {param.doc}", where=param.name)
        values[param.name] = param.default if value is None else param.coerce(value)
    return values


def _plain(number: float) -> str:
    """2147483647 instead of 2.14748e+09, and 4 instead of 4.0."""
    return str(int(number)) if float(number).is_integer() else str(number)


def _items(value: object) -> Iterable[object]:
    """The items of a list, of "36,38" or of a lone number."""
    if isinstance(value, str):
        return [part for part in value.replace(" ", ",").split(",") if part]
    if isinstance(value, Sequence):
        return list(value)
    return [value]
