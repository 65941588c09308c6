# SPDX-License-Identifier: Apache-2.0
"""The flat vocabulary: every token as data with a name, and where each family of tokens lies.

`python -m models.tokens.vocabulary` prints it. The layout is bar by part cells:

    CAUSAL? TASK TEMPO? KEY? FEEL? STYLE? WITH_VELOCITY? WITH_MICRO?
    (BAR METRE? (ROLE cell)*)+  (LOOP (BAR METRE? (ROLE cell)*)+)?      context, every bar and part
    GEN (BAR (ROLE note* ENDCELL)+)+ END                                what is written, in order

    cell = note* | (HOLE POS POS)? MASK|RHYTHM|PITCHES|REWORK control* hint* (LOCK note*)?
    note = POS? PITCH DUR VEL? MICRO?  |  POS? DRUM VEL? MICRO?

Choices that are not obvious:

- Every bar lists every part, also silent ones, and what is to be written as a mask. So the bars,
  metres and targets of the second half follow from the first: there is no bar-count token that
  could disagree with the bars, and two parts of the same role stay apart.
- Controls stand at the mask that they concern, in the context; what follows GEN is music only.
- No chord tokens: a progression is a part of role `chords`, which can be heard, drawn and edited.
- 128 drum tokens, one a pad: a rack may use any key, and a pad must come back as the pad it was.
- Bars longer than 7 quarters are cut into equal shorter ones (`models.tokens.grid`), and a metre
  outside the table is METRE other followed by the POS of its last tick: any metre can be said.
- Durations reach 32 quarters, so a note is said once, where it begins, and never tied.
- No byte-pair merging: a mask must be able to forbid one pitch.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from typing import NamedTuple

TICKS_PER_QUARTER = 24
LONGEST_BAR_TICKS = 7 * TICKS_PER_QUARTER  # 7/4

SPECIALS = (
    "PAD",
    "BAR",
    "GEN",
    "END",
    "ENDCELL",
    "LOOP",
    "HOLE",
    "MASK",
    "RHYTHM",
    "PITCHES",
    "REWORK",
    "LOCK",
    "WITH_VELOCITY",
    "WITH_MICRO",
    "CAUSAL",
)
TASKS = ("continue", "infill", "accompany", "harmonise", "vary", "generate")
# The order is that of cells in a bar: what carries the harmony is written before what rests on it.
ROLES = (
    "drums",
    "percussion",
    "bass",
    "chords",
    "pad",
    "arp",
    "guitar",
    "strings",
    "brass",
    "B",
    "T",
    "A",
    "S",
    "counter",
    "vocal",
    "lead",
    "other",
)
DRUM_ROLES = ("drums", "percussion")
METRES = (
    "4/4",
    "2/4",
    "3/4",
    "5/4",
    "6/4",
    "7/4",
    "2/2",
    "3/2",
    "3/8",
    "5/8",
    "6/8",
    "7/8",
    "9/8",
    "12/8",
    "other",
)
DURATIONS_TICKS = (
    *(1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 20, 24, 30, 32, 36, 42),
    *(48, 60, 64, 72, 84, 96, 108, 120, 144, 168, 192, 240, 288, 384, 576, 768),
)
TEMPO_BOUNDS_BPM = (70.0, 85.0, 100.0, 115.0, 130.0, 145.0, 165.0)  # between 8 classes
NOTE_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
KEYS = (
    *(f"{name} major" for name in NOTE_NAMES),
    *(f"{name} minor" for name in NOTE_NAMES),
    "none",
)
FEELS = ("straight", "swing", "triplet")
STYLES = (
    *("classical", "folk", "chorale", "song", "rock", "metal"),
    *("game", "electronic", "jazz", "funk", "hiphop", "latin"),
)
VELOCITY_STEP = 8  # 16 classes of 8 levels
MICRO_STEPS = 8  # to each side of a tick: half a tick in 8 steps, 1/384 of a quarter each
RANGE_STEP = 11  # 12 classes of 11 semitones
REFERENCES = ("new", "-1", "-2", "-3", "-4", "-8")


class Family(NamedTuple):
    """Tokens of one kind: ids `first` to `end` - 1, a label each."""

    name: str
    first: int
    labels: tuple[str, ...]

    @property
    def end(self) -> int:
        """One past the last id."""
        return self.first + len(self.labels)


def _numbers(count: int, start: int = 0) -> tuple[str, ...]:
    return tuple(str(start + number) for number in range(count))


def _lay_out() -> Iterator[Family]:
    """The families one behind another."""
    first = 0
    for name, labels in (
        ("", SPECIALS),
        ("TASK", TASKS),
        ("POS", _numbers(LONGEST_BAR_TICKS)),
        ("PITCH", _numbers(128)),
        ("DRUM", _numbers(128)),
        ("DUR", tuple(map(str, DURATIONS_TICKS))),
        ("VEL", _numbers(128 // VELOCITY_STEP)),
        ("MICRO", _numbers(2 * MICRO_STEPS + 1, -MICRO_STEPS)),
        ("ROLE", ROLES),
        ("METRE", METRES),
        ("TEMPO", _numbers(len(TEMPO_BOUNDS_BPM) + 1)),
        ("KEY", KEYS),
        ("FEEL", FEELS),
        ("STYLE", STYLES),
        ("DENSITY", _numbers(8)),
        ("POLYPHONY", _numbers(6, 1)),
        ("LOW", _numbers(12)),
        ("HIGH", _numbers(12)),
        ("SIMILARITY", _numbers(5)),
        ("REFERENCE", REFERENCES),
    ):
        yield Family(name, first, labels)
        first += len(labels)


FAMILIES = tuple(_lay_out())
_BY_NAME = {family.name: family for family in FAMILIES}
SIZE = FAMILIES[-1].end

PAD, BAR, GEN, END, ENDCELL, LOOP, HOLE = range(7)
MASK, RHYTHM, PITCHES, REWORK, LOCK, WITH_VELOCITY, WITH_MICRO, CAUSAL = range(7, 15)
TASK = _BY_NAME["TASK"].first
POS = _BY_NAME["POS"].first
PITCH = _BY_NAME["PITCH"].first
DRUM = _BY_NAME["DRUM"].first
DUR = _BY_NAME["DUR"].first
VEL = _BY_NAME["VEL"].first
MICRO = _BY_NAME["MICRO"].first
ROLE = _BY_NAME["ROLE"].first
METRE = _BY_NAME["METRE"].first
TEMPO = _BY_NAME["TEMPO"].first
KEY = _BY_NAME["KEY"].first
FEEL = _BY_NAME["FEEL"].first
STYLE = _BY_NAME["STYLE"].first
DENSITY = _BY_NAME["DENSITY"].first
POLYPHONY = _BY_NAME["POLYPHONY"].first
LOW = _BY_NAME["LOW"].first
HIGH = _BY_NAME["HIGH"].first
SIMILARITY = _BY_NAME["SIMILARITY"].first
REFERENCE = _BY_NAME["REFERENCE"].first

METRE_OTHER = METRE + METRES.index("other")
KEY_NONE = KEY + KEYS.index("none")

assert SPECIALS[CAUSAL] == "CAUSAL"
assert SPECIALS[MASK] == "MASK"
assert len(SPECIALS) == TASK
# One order of families the tracker relies on: POS < PITCH < DRUM < DUR < VEL < MICRO < the rest.
assert (POS + LONGEST_BAR_TICKS, PITCH + 128, DRUM + 128, DUR + 32) == (PITCH, DRUM, DUR, VEL)
assert VEL + 16 == MICRO
assert MICRO + 17 == ROLE
assert ROLE + len(ROLES) == METRE
assert list(DURATIONS_TICKS) == sorted(set(DURATIONS_TICKS))


def token_name(token: int) -> str:
    """What a token says, such as `POS_12` or `ROLE_bass`."""
    for family in FAMILIES:
        if token < family.end:
            label = family.labels[token - family.first]
            return f"{family.name}_{label}" if family.name else label
    raise ValueError(f"There is no token {token}; there are {SIZE}.")


def vocabulary_hash() -> str:
    """Sha256 of all names in order: weights carry it and are refused when it differs."""
    names = "\n".join(token_name(token) for token in range(SIZE))
    return hashlib.sha256(names.encode()).hexdigest()


def tempo_token(tempo_bpm: float) -> int:
    """The TEMPO token of a tempo in quarter notes a minute."""
    return TEMPO + sum(tempo_bpm >= bound for bound in TEMPO_BOUNDS_BPM)


def velocity_token(velocity: float) -> int:
    """The VEL token of a velocity 1-127."""
    return VEL + int(velocity) // VELOCITY_STEP


def velocity_of(token: int) -> float:
    """The velocity in the middle of a VEL token's class."""
    return float((token - VEL) * VELOCITY_STEP + VELOCITY_STEP // 2)


def _listing() -> Iterator[str]:
    for family in FAMILIES:
        kind = family.name or "(special)"
        yield f"{family.first:4d}-{family.end - 1:<4d} {kind:11s} {' '.join(family.labels)}\n"
    yield f"{SIZE} tokens, {vocabulary_hash()[:12]}\n"


if __name__ == "__main__":
    sys.stdout.writelines(_listing())
