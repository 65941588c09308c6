# SPDX-License-Identifier: Apache-2.0
"""What comes next if an earlier bar comes again: one token for each of some distances.

Much music repeats, and a small network is slow to learn to look up where. So at every place in a
cell the tracker says which token its part has next at the same place 1, 2, 4 and 8 bars back: the
next onset, the pitch there, its length, or the end of the cell. The network only has to learn whom
to believe (`models.network`); where it believes one, it repeats exactly.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from models.tokens import vocabulary as v
from models.tokens.state import DURATION, ECHO_BARS, FIRST, MORE, ONSET

NO_ECHO = v.PAD
NO_ECHOES = (NO_ECHO,) * len(ECHO_BARS)

Key = tuple[int, int]  # tick from the first bar, 127 - pitch: the order of notes in a cell


class Echoes:
    """The notes of each part in the order of their tokens; they may come in any order."""

    def __init__(self) -> None:
        self._parts: dict[int, tuple[list[Key], list[tuple[int, int]]]] = {}

    def copy(self) -> Echoes:
        """Independent ones."""
        twin = Echoes()
        for part, (keys, tokens) in self._parts.items():
            twin._parts[part] = (list(keys), list(tokens))
        return twin

    def add(self, part: int, tick: int, strike: int, duration: int) -> None:
        """A note, by its tick from the first bar, its PITCH or DRUM token and its DUR token."""
        keys, tokens = self._parts.setdefault(part, ([], []))
        key = (tick, 127 - pitch_of(strike))
        place = bisect_right(keys, key)
        keys.insert(place, key)
        tokens.insert(place, (strike, duration))

    def after(self, part: int, bar: tuple[int, int], due: int, tick: int, pitch: int) -> int:
        """The token that comes next in an earlier bar.

        Args:
            part: whose cell.
            bar: first and last + 1 tick of the earlier bar.
            due: what is due: `state.ONSET`, `FIRST`, `DURATION` or `MORE`; else nothing echoes.
            tick: the place in the bar, -1 before the first onset.
            pitch: the last pitch at this onset; 128 before the first.
        """
        keys, tokens = self._parts.get(part, ((), ()))
        low, high = bar
        now = low + tick
        if due in {ONSET, MORE}:
            key = (now, 127 - pitch) if due == MORE else (low, -1)
            place = bisect_right(keys, key)
            if place == len(keys) or keys[place][0] >= high:
                return v.ENDCELL
            same = due == MORE and keys[place][0] == now
            return tokens[place][0] if same else v.POS + keys[place][0] - low
        if due not in {FIRST, DURATION}:
            return NO_ECHO
        first = bisect_left(keys, (now, -1))
        if first == len(keys) or keys[first][0] != now:
            return NO_ECHO
        if due == FIRST:
            return tokens[first][0]
        place = bisect_left(keys, (now, 127 - pitch))
        exact = place < len(keys) and keys[place] == (now, 127 - pitch)
        return tokens[place if exact else first][1]


def pitch_of(strike: int) -> int:
    """The pitch or pad 0-127 of a PITCH or DRUM token."""
    return strike - (v.DRUM if strike >= v.DRUM else v.PITCH)
