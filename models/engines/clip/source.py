# SPDX-License-Identifier: Apache-2.0
"""Source: a clip as the network is told of it: its bars, role, key, feel, voices, and its touch."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from models.clip import Clip, Note, Scale
from models.engines.clip.question import Mood
from models.engines.clip.straight import Straight, clip_grid, straighten
from models.engines.clip.touch import Touch
from models.engines.motif.space import pitch_space
from models.errors import BadArgument, BadClip
from models.metre import Bar
from models.theory.keys import Key, rank_keys, weigh_notes
from models.tokens.feel import feel_of
from models.tokens.grid import GridBar, bar_starts_ticks
from models.tokens.rules import PartRules
from models.tokens.scene import key_of_scale
from models.tokens.vocabulary import DRUM_ROLES, TICKS_PER_QUARTER

READ_BARS = 24  # of a clip; the network sees 16 at most
_LEGATO_BEATS = 0.13  # a line may overlap by so much and still be one voice
_LEGATO_SHARE = 0.35  # or by this share of the note
_FEW_CLASSES = 5  # with fewer pitch classes the key's scale is open too, not they alone
_NARROW = 7  # semitones; a narrower clip may be left by some more
_DENSER = 2.0  # a bar may have so many times the notes of the fullest one


@dataclass(frozen=True, slots=True)
class Source:
    """One clip, read.

    Attributes:
        clip: the clip.
        bars: some of its bars on the grid.
        notes: what sounds in them.
        standing: the same on the grid, as the network sees it.
        role: of the vocabulary.
        voices: most notes at once; for drums, most hits on one tick.
        fullest: most notes in a bar.
    """

    clip: Clip
    bars: tuple[GridBar, ...]
    notes: tuple[Straight, ...]
    standing: tuple[Note, ...]
    role: str
    voices: int
    fullest: int

    @property
    def drums(self) -> bool:
        """Whether a pitch names a pad."""
        return self.role in DRUM_ROLES

    @property
    def touch(self) -> Touch:
        """How it is played."""
        return Touch(self.notes, drums=self.drums)

    def standing_of(self, stays: Container[int]) -> tuple[Note, ...]:
        """Those of `standing` whose played notes are among these, by `id`."""
        pairs = zip(self.standing, self.notes, strict=True)
        return tuple(on_grid for on_grid, note in pairs if id(note.played) in stays)


def read_source(
    clip: Clip,
    heard: Iterable[Note],
    bars: Sequence[GridBar],
    role: str,
    *,
    metres: Iterable[Bar] = (),
) -> Source:
    """Put what sounds straight.

    Args:
        clip: the clip.
        heard: unmuted notes.
        bars: those to read.
        role: what the clip plays.
        metres: the bars as metres; by default the clip's own.
    """
    notes = tuple(heard)
    drums = role in DRUM_ROLES
    starts = {bar.start_beats for bar in bars}
    low, high = min(starts), max(bar.end_beats for bar in bars)
    near = [n for n in notes if low - 1 <= n.start_beats < high]
    onsets = [note.start_beats for note in near]
    known = {bar.metre for bar in metres or clip.bars(low, high)} or {clip.metre_at(low)}
    straight = straighten(near, bars, clip_grid(onsets, known), drums=drums)
    voices = _hits(straight) if drums else _voices(straight, bars)
    standing = [note.on_grid for note in straight]
    if voices == 1 and not drums:
        standing = _as_line(standing)
    counts = [0] * len(bars)
    for note in straight:
        counts[note.bar] += 1
    return Source(clip, tuple(bars), straight, tuple(standing), role, max(1, voices), max(counts))


def last_bars(clip: Clip, most: int) -> tuple[Bar, ...]:
    """The last bars of the loop; the first one may begin before it."""
    metres = (clip.metre, *(change.metre for change in clip.metre_changes))
    longest = max(metre.bar_beats for metre in metres)
    start = max(clip.loop_start_beats - longest, clip.loop_end_beats - (most + 1) * longest)
    found = [
        bar
        for bar in clip.bars(start, clip.loop_end_beats)
        if bar.end_beats > clip.loop_start_beats + 1e-6
    ]
    return tuple(found[-most:])


def cut_at(notes: Iterable[Note], end_beats: float) -> list[Note]:
    """The notes, those that sound past a place cut there."""
    return [
        note
        if note.end_beats <= end_beats
        else replace(note, duration_beats=end_beats - note.start_beats)
        for note in notes
        if note.start_beats < end_beats - 1e-6
    ]


def need_notes(notes: Sequence[Note]) -> None:
    """Refuse silence.

    Raises:
        BadClip: nothing sounds.
    """
    if not notes:
        raise BadClip(
            "Nothing sounds in the clip's loop; draw in or unmute a note there first.",
            where="clip",
        )


# The key, the mood.


def estimated_key(notes: Iterable[Note]) -> Key | None:
    """The likeliest major or minor key, as training estimated it; None of silence."""
    sounding = tuple(notes)
    if not sounding:
        return None
    final = max((round(note.end_beats * 4), -note.pitch) for note in sounding)
    return rank_keys(weigh_notes(sounding), -final[1] % 12)[0]


def mood_of(
    clip: Clip, tempo_at: float, sources: Sequence[Source], args: Mapping[str, Any]
) -> Mood:
    """What is said of the music: tempo, key, feel and style."""
    pitched = [note for source in sources if not source.drums for note in source.standing]
    scale = next((s.clip.scale for s in sources if s.clip.scale and not s.drums), None)
    key = key_of_scale(scale)
    if key is None and pitched:
        found = estimated_key(pitched)
        key = None if found is None else found.place
    onsets = (note.start_beats for source in sources for note in source.standing)
    return Mood(clip.tempo_at(tempo_at), key, feel_of(onsets), args.get("style") or None)


# What may be written.


def rules_of(source: Source, space: Sequence[int], args: Mapping[str, Any]) -> PartRules:
    """Pitches or pads, voices and fullness, as asked for or as the clip's own.

    Args:
        source: the clip.
        space: pitches that may be written, at least one; `space_of` finds them.
        args: of the command.
    """
    low, high = min(space), max(space)
    density = max(1.0, float(args.get("density", 1.0)))
    barred = frozenset(range(low, high + 1)) - set(space)
    return PartRules(
        polyphony=source.voices,
        low_pitch=low,
        high_pitch=high,
        pads=frozenset(space) if source.drums else None,
        locked_pitches=frozenset() if source.drums else barred,
        max_notes=max(8, round(source.fullest * _DENSER * density)),
    )


def space_of(clip: Clip, sounding: Sequence[Note], args: Mapping[str, Any]) -> tuple[int, ...]:
    """The pitches that may be written, ascending; none where all are locked.

    A clip of very few pitches or pitch classes would lock what goes on from it to hardly anything:
    a narrow one may be left by a third or fourth, and one without a scale of its own has that of
    its key.

    Raises:
        BadArgument: range and scale leave no pitch.
    """
    if clip.kind == "drums":
        return pitch_space(clip, sounding, args).allowed
    used = [note.pitch for note in sounding]
    wider = dict(args)
    is_open = args.get("low_pitch") is None and args.get("high_pitch") is None
    if is_open and max(used) - min(used) < _NARROW:
        wider["low_pitch"], wider["high_pitch"] = max(0, min(used) - 4), min(127, max(used) + 5)
    classes = {pitch % 12 for pitch in used}
    if clip.scale is None and len(classes) < _FEW_CLASSES:
        key = estimated_key(sounding)
        own = classes | (key.pitch_classes if key else set())
        clip = replace(clip, scale=Scale(0, tuple(sorted(own))))
    try:
        return pitch_space(clip, sounding, wider).allowed
    except BadArgument:
        return pitch_space(clip, sounding, args).allowed


# Voices.


def _hits(notes: Sequence[Straight]) -> int:
    counts: dict[tuple[int, int], set[int]] = {}
    for note in notes:
        counts.setdefault((note.bar, note.tick), set()).add(note.played.pitch)
    return max(map(len, counts.values()), default=1)


def _voices(notes: Sequence[Straight], bars: Sequence[GridBar]) -> int:
    """Most pitches that sound at once, legato overlaps aside."""
    starts = bar_starts_ticks(bars)
    ringing: list[tuple[float, int]] = []
    most = 1
    for note in notes:
        now = starts[note.bar] + note.tick
        while ringing and ringing[0][0] <= now:
            heapq.heappop(ringing)
        length = note.played.duration_beats
        sure = length - min(_LEGATO_BEATS, _LEGATO_SHARE * length)
        heapq.heappush(ringing, (now + max(0.5, sure * TICKS_PER_QUARTER), note.played.pitch))
        most = max(most, len({pitch for _, pitch in ringing}))
    return most


def _as_line(notes: Sequence[Note]) -> list[Note]:
    """Each note cut where the next one begins."""
    line = []
    for note, following in pairwise(notes):
        room = following.start_beats - note.start_beats
        line.append(
            replace(note, duration_beats=min(note.duration_beats, room)) if room > 0 else note
        )
    return [*line, *notes[-1:]]
