# SPDX-License-Identifier: Apache-2.0
"""What an answer must keep to, part by part."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import BadArgument


@dataclass(frozen=True, slots=True)
class PartRules:
    """The rules for what is written in one part.

    Attributes:
        polyphony: most notes that sound at once, those that stand included; 1 is monophonic.
            For drums: most hits on one tick.
        low_pitch, high_pitch: lowest and highest key, both allowed.
        pads: for drums, the pads that may be struck; None allows every one in range.
        scale: pitch classes 0-11 that may be used, or None.
        scale_penalty: 0 makes the scale hard; above, it is taken from the logits (nats) of
            pitches outside.
        locked_pitches: keys or pads that nothing new may use.
        min_notes: fewest notes in a cell, where the cell has room for them.
        max_notes: most notes in a cell.
        max_tokens: from so many tokens on a cell closes at the next chance.
        overhang_ticks: how far a note may sound past the end of what is written, where nothing
            that stands is in its way: into the loop's start, or into kept bars.
    """

    polyphony: int = 16
    low_pitch: int = 0
    high_pitch: int = 127
    pads: frozenset[int] | None = None
    scale: frozenset[int] | None = None
    scale_penalty: float = 0.0
    locked_pitches: frozenset[int] = frozenset()
    min_notes: int = 0
    max_notes: int = 256
    max_tokens: int = 400
    overhang_ticks: int = 0

    def __post_init__(self) -> None:
        if self.polyphony < 1:
            raise BadArgument("polyphony must be 1 or more.", where="polyphony")
        if min(self.min_notes, self.overhang_ticks, self.max_tokens) < 0:
            raise BadArgument("Counts of notes, tokens and ticks are 0 or more.", where="min_notes")

    def pitches(self, *, drums: bool) -> tuple[int, ...]:
        """The pitches that may be written, ascending.

        Raises:
            BadArgument: there is none.
        """
        kit = self.pads if drums else None
        scale = None if drums or self.scale_penalty > 0 else self.scale
        found = tuple(
            pitch
            for pitch in range(max(0, self.low_pitch), min(127, self.high_pitch) + 1)
            if (kit is None or pitch in kit)
            and (scale is None or pitch % 12 in scale)
            and pitch not in self.locked_pitches
        )
        if not found:
            raise BadArgument(
                f"No {'pad' if drums else 'pitch'} from {self.low_pitch} to {self.high_pitch} may "
                "be written; widen the range or take a lock off.",
                where="low_pitch",
            )
        return found
