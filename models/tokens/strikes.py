# SPDX-License-Identifier: Apache-2.0
"""When the other parts strike in this bar: sets of ticks, "strikes", one for each class of part.

Wherever an onset may come next, `Tracker.strikes()` gives these bit masks of the bar's ticks, of
what is known there of all parts but the one being written:

    kick     the pads that General MIDI calls bass drums
    snare    side stick, snares and clap
    pads     every other pad
    bass     basses
    chords   chords, pads, arpeggios, guitars, strings, brass
    lines    leads, counter-lines, voices, and what has no other role

The network makes a kernel over distances in ticks for each (`NetworkConfig.onset_reach`), so that
it learns once for all places of a bar how parts lock together. `striking` says which classes
strike on one tick, for the choice of the pad or pitch.
"""

from __future__ import annotations

from models.tokens import vocabulary as v

STRIKE_NAMES = ("kick", "snare", "pads", "bass", "chords", "lines")
Strikes = tuple[int, int, int, int, int, int]
NO_STRIKES: Strikes = (0, 0, 0, 0, 0, 0)

_KICK, _SNARE, _PADS, _BASS, _CHORDS, _LINES = range(len(STRIKE_NAMES))
_KICKS, _SNARES = range(35, 37), range(37, 41)
_CHORD_ROLES = frozenset({"chords", "pad", "arp", "guitar", "strings", "brass"})


def _class_of_role(role: str) -> int:
    if role == "bass":
        return _BASS
    return _CHORDS if role in _CHORD_ROLES else _LINES


def _class_of_pad(pad: int) -> int:
    if pad in _KICKS:
        return _KICK
    return _SNARE if pad in _SNARES else _PADS


_OF_ROLE = tuple(map(_class_of_role, v.ROLES))
_OF_PAD = tuple(map(_class_of_pad, range(128)))


class Struck:
    """Which ticks of each bar each part strikes, by class; notes may come in any order."""

    def __init__(self) -> None:
        self._bars: dict[int, dict[tuple[int, int], int]] = {}

    def copy(self) -> Struck:
        """An independent one."""
        twin = Struck()
        twin._bars = {bar: dict(masks) for bar, masks in self._bars.items()}
        return twin

    def add(self, bar: int, part: int, tick: int, strike: int, role: int) -> None:
        """A note begins.

        Args:
            bar: its bar.
            part: its part.
            tick: in the bar.
            strike: its PITCH or DRUM token.
            role: the part's ROLE token.
        """
        kind = _OF_PAD[strike - v.DRUM] if strike >= v.DRUM else _OF_ROLE[role - v.ROLE]
        masks = self._bars.setdefault(bar, {})
        masks[part, kind] = masks.get((part, kind), 0) | 1 << tick

    def of_others(self, bar: int, part: int) -> Strikes:
        """The strikes that a part hears in a bar."""
        found = list(NO_STRIKES)
        for (other, kind), mask in self._bars.get(bar, {}).items():
            if other != part:
                found[kind] |= mask
        kick, snare, pads, bass, chords, lines = found
        return kick, snare, pads, bass, chords, lines


def striking(strikes: Strikes, tick: int) -> int:
    """Which classes strike on a tick: a bit each, the kick's lowest."""
    bits = 0
    for place, mask in enumerate(strikes):
        bits |= (mask >> tick & 1) << place
    return bits
