# SPDX-License-Identifier: Apache-2.0
"""JSON as every door reads it: nothing in it that can't be stored or told on."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from bridge.errors import BadMessage

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(raw: bytes | str) -> Any:
    """The value in JSON text.

    Raises:
        BadMessage: it is not UTF-8 or not JSON, holds NaN or an infinite number, is nested too
            deep, or has text that is not Unicode.
    """
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        if _SURROGATE.search(text):  # a lone half of a pair can't be stored or sent on
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise BadMessage("The JSON is nested too deep.") from None
    except UnicodeError:
        raise BadMessage("The JSON must be UTF-8 and hold whole Unicode characters.") from None
    except ValueError as error:  # JSONDecodeError, and integers of thousands of digits
        raise BadMessage(f"That is not JSON: {error!s:.100}.") from None
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits:.20} is too large")
    return number
