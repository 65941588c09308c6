# SPDX-License-Identifier: Apache-2.0
"""Feel: velocity, micro-timing, length and chance of new notes, taken from the clip's own."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from models.clip import Note
from models.engines.motif.lanes import SHORTEST_BEATS, Lanes
from models.engines.motif.score import Pitches, Score, Slice

_LEGATO = 1.06  # a note at most this much longer than the gap after it follows the gap
_HELD = 0.9  # of the gap: a note of that length is held until the next one
_SHORTENED = 0.5  # of a gap that is too small for a note, at least
_MOST_DONORS = 64  # kept for one place


class Feel:
    """Finds a source slice at a similar place for every new one, and plays it the same way."""

    def __init__(self, score: Score) -> None:
        self._score = score
        lengths = [n.duration_beats for piece in score.slices for n in piece.notes]
        self._shortest = max(SHORTEST_BEATS, min(lengths, default=SHORTEST_BEATS))
        self._longest = max(lengths, default=SHORTEST_BEATS)
        self._by_tick: dict[int, list[Slice]] = {}
        self._by_strength: dict[float, list[Slice]] = {}
        self._by_pitch: dict[int, list[Slice]] = {}
        for piece in score.slices:
            self._file(self._by_tick.setdefault(piece.tick, []), piece)
            self._file(self._by_strength.setdefault(self._strength(piece), []), piece)
            for pitch in piece.pitches if score.space.drums else ():
                self._file(self._by_pitch.setdefault(pitch, []), piece)

    @staticmethod
    def _file(donors: list[Slice], piece: Slice) -> None:
        if len(donors) < _MOST_DONORS:
            donors.append(piece)

    def _strength(self, piece: Slice) -> float:
        grid = self._score.grid
        return grid.metre(piece.bar).strength(piece.tick / grid.ticks_per_beat)

    def donor(self, rng: Random, piece: Slice) -> Slice:
        """A source slice at the same tick, else at a place as strong, with as many notes."""
        donors = (
            self._by_tick.get(piece.tick)
            or self._by_strength.get(self._strength(piece))
            or self._score.slices[:_MOST_DONORS]
        )
        alike = [d for d in donors if d.pitches == piece.pitches]
        as_many = [d for d in donors if len(d.pitches) == len(piece.pitches)]
        return rng.choice(alike or as_many or donors)

    def notes(
        self, rng: Random, piece: Slice, gap_beats: float, reference: Slice | None
    ) -> list[Note]:
        """The notes of a new slice, `gap_beats` before the next one, played like a source slice."""
        donor = reference if reference is not None and reference.notes else self.donor(rng, piece)
        time = self._score.grid.beats(piece.bar, piece.tick)
        if self._score.space.drums and donor.pitches == piece.pitches:  # with flams and rolls
            hits = zip(donor.notes, donor.offsets_beats, strict=True)
            return [
                self._note((note, offset, donor.gap_beats), time, gap_beats)
                for note, offset in hits
                if note.pitch in piece.pitches
            ]
        played = [
            self._note(self._model(rng, donor, piece.pitches, place), time, gap_beats)
            for place in range(len(piece.pitches))
        ]
        return [replace(note, pitch=p) for note, p in zip(played, piece.pitches, strict=True)]

    def _model(
        self, rng: Random, donor: Slice, pitches: Pitches, place: int
    ) -> tuple[Note, float, float]:
        """The source note that one new note is played like, its offset and the gap after it."""
        pitch = pitches[place]
        if self._score.space.drums and pitch not in donor.pitches:
            donor = rng.choice(self._by_pitch.get(pitch) or [donor])
        index = next((i for i, n in enumerate(donor.notes) if n.pitch == pitch), None)
        if index is None:  # bass to bass, top to top
            top = place == len(pitches) - 1
            index = len(donor.notes) - 1 if top else min(place, len(donor.notes) - 1)
        return donor.notes[index], donor.offsets_beats[index], donor.gap_beats

    def _note(self, model: tuple[Note, float, float], time: float, gap_beats: float) -> Note:
        source, offset, own_gap = model
        length = source.duration_beats
        share = length / own_gap
        if share <= _LEGATO and (length > _HELD * gap_beats or share > _HELD):
            # A held note stays held, but none grows longer than any of the clip's; one before a
            # rest, however long that was, is cut no shorter than half of the room it finds.
            length = gap_beats * max(share, _SHORTENED)
            length = max(min(length, self._longest), min(self._shortest, gap_beats))
        return replace(
            source,
            start_beats=time + offset,
            duration_beats=length,
            id=None,
            origin="new",
            mute=False,
        )


def placed(lanes: Lanes, note: Note, low_beats: float, high_beats: float) -> Note | None:
    """The note cut to its span and to the room on its pitch, or None where there is none."""
    latest = max(low_beats, high_beats - SHORTEST_BEATS)
    start = min(max(note.start_beats, low_beats), latest)
    end = lanes.free_until(note.pitch, start, min(note.end_beats, high_beats))
    if end - start < min(SHORTEST_BEATS / 4, note.duration_beats / 2):
        return None
    fitted = replace(note, start_beats=start, duration_beats=end - start)
    while fitted.end_beats > end:  # rounding must not carry the end over a bound
        shorter = fitted.duration_beats * (1 - 1e-15) - 1e-15 * abs(end)
        fitted = replace(fitted, duration_beats=shorter)
    lanes.add(fitted)
    return fitted
