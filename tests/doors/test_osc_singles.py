# SPDX-License-Identifier: Apache-2.0
"""32-bit floats find back to what they were."""

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.osc import singles
from bridge.doors.osc.packets import Single


def single(value):
    return Single(struct.unpack("<f", struct.pack("<f", value))[0])


@given(st.integers(-960 * 2048, 960 * 4096))
def test_every_960th_of_a_beat_comes_back_exactly(ticks):
    assert singles.beats(single(ticks / 960)) == ticks / 960


@given(st.integers(-1344 * 64, 1344 * 256))
def test_septuplets_come_back_exactly(ticks):
    assert singles.beats(single(ticks / 1344)) == ticks / 1344


@given(st.integers(0, 512), st.integers(0, 9))
def test_triplets_come_back_as_the_nearest_double(count, power):
    exact = float(Fraction(count, 3 * 2**power))
    assert singles.beats(single(exact)) == exact


@given(st.floats(width=32))
def test_what_goes_back_is_bit_for_bit_what_came(value):
    for rule in (singles.beats, singles.number):
        assert struct.pack("<f", rule(Single(value))) == struct.pack("<f", value)


@pytest.mark.parametrize("value", [0.9, 0.1, 99.7, 0.333333, 1.00001, 123.4, -0.05])
def test_typed_decimals_come_back(value):
    assert singles.number(single(value)) == value


@pytest.mark.parametrize("value", [0.9, 0.333333, 1.2345, 4.01])
def test_a_time_off_the_grid_stays_the_decimal_that_was_typed(value):
    assert singles.beats(single(value)) == value


def test_doubles_and_ints_pass():
    off = math.nextafter(1 / 3, 1)
    assert singles.beats(off) == off
    assert singles.number(5) == 5
