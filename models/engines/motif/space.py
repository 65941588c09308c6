# SPDX-License-Identifier: Apache-2.0
"""The pitches that may be written: in range, in scale, in the kit, and not locked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.clip import Clip, Note
from models.errors import BadArgument

_HEADROOM_SEMITONES = 2


@dataclass(frozen=True, slots=True)
class PitchSpace:
    """Allowed pitches in order; a step is one place up or down in them.

    Attributes:
        allowed: ascending; may be empty when everything is locked.
        home: pitch classes of the scale, or those that the source uses.
        drums: a pad has no neighbours, so nothing is folded.
    """

    allowed: tuple[int, ...]
    home: frozenset[int]
    drums: bool

    def fold(self, pitch: int) -> int | None:
        """The pitch itself, else its nearest allowed octave, else the nearest allowed pitch."""
        if self.index(pitch) is not None:
            return pitch
        if self.drums or not self.allowed:
            return None
        octaves = [p for p in self.allowed if (p - pitch) % 12 == 0]
        return min(octaves or self.allowed, key=lambda p: (abs(p - pitch), p))

    def fold_all(self, pitches: Collection[int]) -> tuple[int, ...]:
        """A slice of pitches as it may be written: ascending, each once."""
        folded = {self.fold(pitch) for pitch in pitches}
        return tuple(sorted(pitch for pitch in folded if pitch is not None))

    def index(self, pitch: int) -> int | None:
        """The pitch's place among the allowed ones."""
        place = bisect_left(self.allowed, pitch)
        found = place < len(self.allowed) and self.allowed[place] == pitch
        return place if found else None

    def stepped(self, pitch: int, steps: int) -> int | None:
        """The allowed pitch `steps` places away, or None past the range."""
        place = self.index(pitch)
        if place is None or not 0 <= place + steps < len(self.allowed):
            return None
        return self.allowed[place + steps]


def pitch_space(clip: Clip, sounding: Sequence[Note], args: Mapping[str, Any]) -> PitchSpace:
    """The space that a request's range, scale lock and locks leave.

    Raises:
        BadArgument: the range is upside down or holds no pitch that may be written.
    """
    used = {note.pitch for note in sounding}
    drums = clip.kind == "drums"
    home = clip.scale.pitch_classes if clip.scale else frozenset(pitch % 12 for pitch in used)
    low, high = _range(args, used, drums=drums)
    if drums:
        wanted = used | {pitch for pitch, _ in clip.pads}
    else:
        locked = args.get("scale_lock", True)
        wanted = {p for p in range(128) if not locked or p % 12 in home}
    inside = sorted(pitch for pitch in wanted if low <= pitch <= high)
    open_range = args.get("low_pitch") is None and args.get("high_pitch") is None
    if not inside and open_range:  # the scale avoids the few pitches that the source has
        near = {min(wanted, key=lambda p: abs(p - pitch)) for pitch in used}
        inside = sorted(near)
    if not inside or (drums and not used.intersection(inside)):
        what = "pad that the clip plays" if drums else "pitch of the scale"
        raise BadArgument(
            f"No {what} lies from {low} to {high}; widen low_pitch to high_pitch"
            + ("." if drums else " or switch scale_lock off."),
            where="low_pitch",
        )
    locks = set(args.get("lock", ()))
    return PitchSpace(tuple(p for p in inside if p not in locks), home, drums)


def _range(args: Mapping[str, Any], used: Collection[int], *, drums: bool) -> tuple[int, int]:
    """Lowest and highest pitch: as given, else the source's own with a little headroom."""
    low, high = args.get("low_pitch"), args.get("high_pitch")
    if low is not None and high is not None and low > high:
        raise BadArgument(
            f"low_pitch {low} lies above high_pitch {high}; swap them.", where="low_pitch"
        )
    room = 0 if drums or len(used) < 3 else _HEADROOM_SEMITONES
    own_low, own_high = max(0, min(used) - room), min(127, max(used) + room)
    # A bound given alone may lie beyond the source's own range: then an octave from there.
    if low is None:
        low = own_low if high is None or own_low <= high else max(0, high - 12)
    if high is None:
        high = own_high if own_high >= low else min(127, low + 12)
    return low, high
