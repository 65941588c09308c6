# SPDX-License-Identifier: Apache-2.0
"""A clip under variation: notes are replaced one by one, and never into each other."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

from models.clip import Clip, Note
from models.engines.motif.feel import placed
from models.engines.motif.lanes import Lanes

_HEARTBEAT_NOTES = 2000


class Sketch:
    """The loop's notes in order, and what became of each; the rest of the clip stays.

    Attributes:
        notes: (index in the clip, note) of every sounding note in the loop, in order.
    """

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.notes: list[tuple[int, Note]] = []
        self._low = clip.loop_start_beats
        self._high = clip.loop_end_beats
        self._free: set[int] = set()
        self._lanes = Lanes()
        self._now: dict[int, Note | None] = {}
        self._added: list[Note] = []
        self._removed = 0

    @classmethod
    def of(cls, clip: Clip, args: Mapping[str, Any]) -> Generator[None, None, Sketch]:
        """The clip's sketch, where `args` lock notes; yields as heartbeat."""
        sketch = cls(clip)
        low, high = clip.loop_start_beats, clip.loop_end_beats
        heard = [
            (note.start_beats, note.pitch, index)
            for index, note in enumerate(clip.notes)
            if not note.mute and low <= note.start_beats < high
        ]
        yield
        heard.sort()
        yield
        sketch.notes = [(index, clip.notes[index]) for _, _, index in heard]
        yield
        locked = locks(args)
        sketch._free = {i for i, note in sketch.notes if not locked(note)}
        yield
        for first in range(0, len(clip.notes), _HEARTBEAT_NOTES):
            for note in clip.notes[first : first + _HEARTBEAT_NOTES]:
                sketch._lanes.add(note)
            yield
        return sketch

    def free(self, index: int) -> bool:
        """Whether the note may change and has not changed yet."""
        return index in self._free and index not in self._now

    def now(self, index: int) -> Note | None:
        """What the note is at present; None once it is removed."""
        return self._now.get(index, self.clip.notes[index])

    def edit(self, index: int, **changes: Any) -> bool:
        """Change fields of a note where there is room; says whether something changed."""
        old = self.now(index)
        if old is None or index not in self._free:
            return False
        wanted = replace(old, **changes, origin="edited")
        if wanted == old:
            return False
        self._lanes.remove(old)
        new = wanted
        if _place(wanted) != _place(old):
            end = max(self._high, old.end_beats)
            fitted = placed(self._lanes, wanted, min(self._low, old.start_beats), end)
            if fitted is None or fitted.duration_beats < 0.5 * wanted.duration_beats:
                if fitted is not None:
                    self._lanes.remove(fitted)
                self._lanes.add(old)
                return False
            new = fitted
        else:
            self._lanes.add(new)
        self._now[index] = new
        return True

    def remove(self, index: int) -> bool:
        """Take a note out; half of the loop always stays."""
        old = self.now(index)
        if old is None or not self.free(index) or self._removed >= len(self.notes) // 2:
            return False
        self._removed += 1
        self._lanes.remove(old)
        self._now[index] = None
        return True

    def add(self, like: Note, **changes: Any) -> bool:
        """A new note, played like another one; says whether there was room."""
        wanted = replace(like, **changes, id=None, origin="new", mute=False)
        if not self._low <= wanted.start_beats < self._high:
            return False
        fitted = placed(self._lanes, wanted, self._low, self._high)
        if fitted is not None and fitted.duration_beats < 0.4 * wanted.duration_beats:
            self._lanes.remove(fitted)
            fitted = None
        if fitted is None:
            return False
        self._added.append(fitted)
        return True

    @property
    def growth(self) -> int:
        """How many more notes there are than at first; negative for fewer."""
        return len(self._added) - self._removed

    @property
    def touched(self) -> bool:
        """Whether anything is not as it was."""
        return bool(self._now or self._added)

    def changed(self) -> list[Note]:
        """Every note that was edited or added."""
        return [*(note for note in self._now.values() if note is not None), *self._added]

    def rest(self, first: int) -> list[Note]:
        """What has become of the clip's notes from index `first` on, and all that was added."""
        now = (self.now(index) for index in range(first, len(self.clip.notes)))
        return [*(note for note in now if note is not None), *self._added]

    def kept(self) -> tuple[Note, ...]:
        """Every note that is as it was, in the clip's order."""
        return tuple(n for i, n in enumerate(self.clip.notes) if i not in self._now)


def locks(args: Mapping[str, Any]) -> Callable[[Note], bool]:
    """A test whether a note must stay: by its lane, by its id, or because it is out of range."""
    lanes, ids = frozenset(args.get("lock", ())), frozenset(args.get("lock_ids", ()))
    low, high = args.get("low_pitch"), args.get("high_pitch")
    lowest, highest = 0 if low is None else low, 127 if high is None else high

    def locked(note: Note) -> bool:
        return note.pitch in lanes or note.id in ids or not lowest <= note.pitch <= highest

    return locked


def _place(note: Note) -> tuple[int, float, float]:
    return (note.pitch, note.start_beats, note.duration_beats)
