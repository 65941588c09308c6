# SPDX-License-Identifier: Apache-2.0
"""Parameters take loose input and give strict values."""

import pytest

from models.errors import BadArgument
from models.param import Param, coerce_all

BARS = Param("bars", "int", 4, "How many.", 1, 64, unit="bars")
AMOUNT = Param("amount", "float", 0.5, "How much.", 0, 1)
JOIN = Param("join", "bool", False, "Join.")
ROLE = Param("role", "choice", None, "Which.", choices=("bass", "chords"), required=True)
LOCK = Param("lock", "ints", (), "Locked.", 0, 127)
NAME = Param("name", "text", "", "Name.")


@pytest.mark.parametrize(
    ("param", "given", "value"),
    [
        (BARS, 4, 4),
        (BARS, 4.0, 4),
        (BARS, "4", 4),
        (BARS, True, 1),
        (AMOUNT, 1, 1.0),
        (AMOUNT, "0.25", 0.25),
        (JOIN, 1, True),
        (JOIN, 0.0, False),
        (JOIN, "on", True),
        (JOIN, "False", False),
        (ROLE, "bass", "bass"),
        (NAME, "x y", "x y"),
        (LOCK, 36, (36,)),
        (LOCK, "36, 38", (36, 38)),
        (LOCK, [36.0, "38"], (36, 38)),
        (LOCK, "", ()),
    ],
)
def test_loose_input_becomes_its_value(param, given, value):
    result = param.coerce(given)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("param", "given"),
    [
        (BARS, 0),
        (BARS, 65),
        (BARS, 4.5),
        (BARS, "four"),
        (BARS, None),
        (BARS, []),
        (BARS, float("nan")),
        (BARS, 10**400),
        (AMOUNT, -0.1),
        (AMOUNT, "nan"),
        (AMOUNT, "inf"),
        (JOIN, "perhaps"),
        (JOIN, 2),
        (ROLE, "tuba"),
        (ROLE, 1),
        (NAME, 5),
        (LOCK, "36,x"),
        (LOCK, [128]),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(param, given):
    with pytest.raises(BadArgument) as refused:
        param.coerce(given)
    assert refused.value.where == param.name
    assert param.allowed() in refused.value.message


def test_missing_unknown_and_default():
    assert coerce_all((BARS, ROLE), {"role": "bass"}) == {"bars": 4, "role": "bass"}
    assert coerce_all((BARS,), {"bars": None}) == {"bars": 4}
    with pytest.raises(BadArgument, match="role is needed"):
        coerce_all((ROLE,), {})
    with pytest.raises(BadArgument, match="barz is not a parameter"):
        coerce_all((BARS,), {"barz": 1})
