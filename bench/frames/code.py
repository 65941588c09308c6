# SPDX-License-Identifier: Apache-2.0
"""Frames of music as tokens, one spelling for each, with what is legal at every step.

A frame is a set of pitches (`voices == 0`, spelt downwards and closed by END) or one cell for
each voice (spelt in the order of the voices; a cell is a pitch or silence). Wherever what is left
of a frame is what was there in the frame before, KEEP says so in one token, and spelling it out
is illegal. So every frame has exactly one spelling, and a softmax over the legal tokens of every
step gives an exact, normalised distribution over frames.

Token numbers: pitches from `low - REACH` to `high + REACH` (so that a frame may be transposed by
up to `REACH` semitones and still be within the table), then END (or silence), KEEP, START.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

REACH = 6  # semitones of transposition either way
NONE = -1
LONGEST_HELD = 31

Frame = tuple[int, ...]  # tokens of pitches downwards, or one token a voice


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The pitches of a table, as MIDI numbers, and its voices; 0 voices are sets of pitches."""

    low: int
    high: int
    voices: int = 0

    @property
    def pitches(self) -> int:
        """How many pitch tokens there are, those for transposition included."""
        return self.high - self.low + 1 + 2 * REACH

    @property
    def end(self) -> int:
        """END of a set; in a voice, silence."""
        return self.pitches

    @property
    def keep(self) -> int:
        """The rest of the frame is as before."""
        return self.pitches + 1

    @property
    def start(self) -> int:
        """What stands before the first frame; never predicted."""
        return self.pitches + 2

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return self.pitches + 3

    def token(self, pitch: int) -> int:
        """The token of a MIDI pitch; below 0 is silence."""
        return self.end if pitch < 0 else pitch - self.low + REACH


@dataclass(frozen=True, slots=True)
class State:
    """Where the next token stands.

    Attributes:
        place: how many tokens of this frame are said.
        bound: pitches from here on are illegal.
        own: the pitch of the frame before that is next in turn (in a set the highest below what
            is said, in voices this voice's), or NONE.
        barred: one more pitch that is illegal, or NONE.
        keep, end: whether KEEP, and END or silence, are legal.
        refuted: KEEP was legal, but what is said shows that it does not hold.
    """

    place: int
    bound: int
    own: int = NONE
    barred: int = NONE
    keep: bool = False
    end: bool = True
    refuted: bool = False


def first(alphabet: Alphabet, before: Frame | None) -> State:
    """The state where a frame begins; `before` is None where none went before."""
    return _state(alphabet, before, (), False)


def following(
    alphabet: Alphabet, before: Frame | None, said: Frame, state: State, token: int
) -> State | None:
    """The state after `token`, or None where the frame is complete; `said` ends with the token."""
    if token == alphabet.keep:
        return None
    if alphabet.voices:
        if state.place + 1 == alphabet.voices:
            return None
        same = before is not None and token == before[state.place]
        return _state(alphabet, before, said, same)
    if token == alphabet.end:
        return None
    return _state(alphabet, before, said, token == state.own)


def _state(alphabet: Alphabet, before: Frame | None, said: Frame, refuted: bool) -> State:
    top = alphabet.pitches - REACH
    if alphabet.voices:
        if before is None:
            return State(len(said), top)
        own = before[len(said)]
        pitch = own if own < alphabet.pitches else NONE
        last = len(said) + 1 == alphabet.voices  # to stay here is what KEEP says
        end = not (last and own == alphabet.end)
        return State(len(said), top, pitch, pitch if last else NONE, not refuted, end, refuted)
    bound = said[-1] if said else top
    left = [pitch for pitch in before or () if pitch < bound]
    if not left:
        return State(len(said), bound, end=not refuted, refuted=refuted)
    # Below the lowest pitch there is nothing that could differ from what KEEP says.
    barred = REACH if left == [REACH] else NONE
    return State(len(said), bound, left[0], barred, not refuted, True, refuted)


def spelling(alphabet: Alphabet, before: Frame | None, frame: Frame) -> Iterator[tuple[State, int]]:
    """The tokens of a frame, each with the state it was said in."""
    state: State | None = first(alphabet, before)
    while state is not None:
        token = _next(alphabet, before, frame, state)
        yield state, token
        state = following(alphabet, before, frame[: state.place + 1], state, token)


def _next(alphabet: Alphabet, before: Frame | None, frame: Frame, state: State) -> int:
    left = frame[state.place :]
    if state.keep and _kept(alphabet, before or (), state) == left:
        return alphabet.keep
    return left[0] if left else alphabet.end


def _kept(alphabet: Alphabet, before: Frame, state: State) -> Frame:
    if alphabet.voices:
        return before[state.place :]
    return tuple(pitch for pitch in before if pitch < state.bound)


def legal(alphabet: Alphabet, state: State) -> list[int]:
    """All tokens that may come, at no transposition."""
    found = [p for p in range(REACH, state.bound) if p != state.barred]
    if state.end:
        found.append(alphabet.end)
    if state.keep:
        found.append(alphabet.keep)
    return found


def held(alphabet: Alphabet, frames: Sequence[Frame]) -> list[dict[int, int]]:
    """For every frame, how many frames each of its pitches, or voices, has been as it is."""
    found: list[dict[int, int]] = []
    before: Frame = ()
    for frame in frames:
        last = found[-1] if found else {}
        if alphabet.voices:
            pairs = enumerate(frame)
            kept = {voice for voice, cell in pairs if before and before[voice] == cell}
            keys: Sequence[int] = range(alphabet.voices)
        else:
            kept, keys = set(before), frame
        found.append({k: min(LONGEST_HELD, last.get(k, 0) + 1) if k in kept else 1 for k in keys})
        before = frame
    return found
