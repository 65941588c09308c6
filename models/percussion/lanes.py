# SPDX-License-Identifier: Apache-2.0
"""Nine lanes, kick to ride, and which lane each pad of a clip plays.

A pad's name speaks first, its General MIDI number where it has no name, and last how it behaves
in the clip. What remains, such as congas, sits in no lane and is never changed. The lanes are
those of Gillick et al. 2019 ("Learning to Groove with Inverse Sequence Transformations").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from models.clip import Clip, Note
from models.drums import GM_DRUMS

LANES = (
    "kick",
    "snare",
    "closed_hat",
    "open_hat",
    "low_tom",
    "mid_tom",
    "high_tom",
    "crash",
    "ride",
)
KICK, SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE = range(9)

# The pads of the Roland TD-11 that played the Groove MIDI Dataset, as its authors group them.
ROLAND_LANES: Mapping[int, int] = MappingProxyType(
    {
        **dict.fromkeys((36,), KICK),
        **dict.fromkeys((37, 38, 40), SNARE),
        **dict.fromkeys((22, 42, 44), CLOSED_HAT),
        **dict.fromkeys((26, 46), OPEN_HAT),
        **dict.fromkeys((43, 58), LOW_TOM),
        **dict.fromkeys((45, 47), MID_TOM),
        **dict.fromkeys((48, 50), HIGH_TOM),
        **dict.fromkeys((49, 52, 55, 57), CRASH),
        **dict.fromkeys((51, 53, 59), RIDE),
    }
)
_GM_LANES: Mapping[int, int] = MappingProxyType(
    {p: lane for p, lane in ROLAND_LANES.items() if p != 58} | {35: KICK, 39: SNARE, 41: LOW_TOM}
)
_GM_MAINS = (36, 38, 42, 46, 43, 47, 50, 49, 51)  # what a kit without a map is written on

# In order: the first that matches wins.
_WORDS: tuple[tuple[int, str], ...] = (
    (OPEN_HAT, r"open.*(hat|hh)|(hat|hh).*open|\bo(p)?hh?\b"),
    (CLOSED_HAT, r"\b(hi ?)?hats?\b|\bc?hh\b|\bch\b|\bhi ?hats?"),
    (RIDE, r"\brides?\b|\brd\b"),
    (CRASH, r"crash|cymbal|splash|china|chinese|\bcy\b"),
    (KICK, r"kick|\bkik\b|bass ?drum|\bbd\b"),
    (SNARE, r"snare|\bsd\b|\bsnr?\b|clap|\bcp\b|\brim|side ?stick|\bsnap\b"),
    (
        LOW_TOM,
        r"floor.*tom|low(?!.?mid).*tom|tom.*(low|floor|\blo\b)|\blo\b.*tom|tom ?[3-9]|\blt\b",
    ),
    (HIGH_TOM, r"hi(gh)?\b.*tom|tom.*\bhi(gh)?\b|tom ?1|\bht\b"),
    (MID_TOM, r"\btoms?\b|tom ?2|\bmt\b"),
)
_HAT_LIKE = r"shaker|tambourine|\btamb\b|maraca|cabasa"  # a hat where there is no other
_SEAMS = r"(?<=[a-z])(?=[A-Z])|(?<=[a-zA-Z])(?=\d)|(?<=\d)(?=[a-zA-Z])"  # HatClosed, BD1
_FEWEST = 4  # hits under which behaviour proves nothing
_NEAR_BEATS = 0.1


@dataclass(frozen=True, slots=True)
class Kit:
    """The pads of a clip by lane.

    Attributes:
        lanes: pitch → lane number; a pad that sits in no lane is absent.
        mains: for each lane the pad that new hits are written on, or None where it has none.
    """

    lanes: Mapping[int, int]
    mains: tuple[int | None, ...]

    @property
    def present(self) -> tuple[bool, ...]:
        """For each lane whether the kit has a pad for it."""
        return tuple(pad is not None for pad in self.mains)


def kit_of(lanes: Mapping[int, int], played: Iterable[Note] = ()) -> Kit:
    """A kit from a map of pads; the pad most played in a lane is the one to write on.

    Args:
        lanes: pitch → lane number.
        played: notes that show which pads are in use.
    """
    uses = Counter(note.pitch for note in played)
    mains = [
        max(
            (pitch for pitch, found in lanes.items() if found == lane),
            key=lambda pitch: (uses[pitch], pitch in _GM_MAINS, -pitch),
            default=None,
        )
        for lane in range(len(LANES))
    ]
    return Kit(MappingProxyType(dict(lanes)), tuple(mains))


def read_kit(clip: Clip) -> Kit:
    """The kit of a drum clip: its pads and those it plays; a full General MIDI kit if it has none.

    A clip without a pad map has the pads that it plays, read as General MIDI.
    """
    named = dict(clip.pads)
    used = {note.pitch for note in clip.notes}
    if not named and not used:
        return kit_of({pitch: lane for lane, pitch in enumerate(_GM_MAINS)})
    known = {pitch: lane_of(named.get(pitch, ""), pitch) for pitch in {*named, *used}}
    lanes = {pitch: lane for pitch, lane in known.items() if lane is not None}
    _stand_in(lanes, known, named)
    _by_behaviour(lanes, [p for p in sorted(known) if _is_nameless(named.get(p, ""), p)], clip)
    return kit_of(lanes, clip.playing())


def lane_of(name: str, pitch: int | None = None) -> int | None:
    """The lane of one pad by its name, or by General MIDI when it has none; None for others.

    Args:
        name: what the kit calls the pad; may be empty.
        pitch: its MIDI key, 0-127, or None when it may not speak.
    """
    if not name.strip():
        return None if pitch is None else _GM_LANES.get(pitch)
    words = re.sub(_SEAMS, " ", name)
    lower = re.sub(r"[_\-./ ]+", " ", words).lower()
    return next((lane for lane, said in _WORDS if re.search(said, lower)), None)


def _is_nameless(name: str, pitch: int) -> bool:
    """Whether nothing is said of a pad but a number or a general word, so behaviour may speak."""
    if not name.strip():
        return pitch not in GM_DRUMS
    left = re.sub(r"\b(pad|sample|slice|audio|simpler|perc|hit|sound)\b|[\d\W_]+", "", name.lower())
    return not left


def _stand_in(
    lanes: dict[int, int], known: Mapping[int, int | None], named: Mapping[int, str]
) -> None:
    """A shaker or tambourine is the hat of a kit that has no other."""
    if {CLOSED_HAT, OPEN_HAT} & set(lanes.values()):
        return
    for pitch in known:
        if re.search(_HAT_LIKE, (named.get(pitch) or GM_DRUMS.get(pitch, "")).lower()):
            lanes.setdefault(pitch, CLOSED_HAT)


def _by_behaviour(lanes: dict[int, int], nameless: Sequence[int], clip: Clip) -> None:
    """Give nameless pads that behave like kick, snare or hat the lanes that are still free."""
    onsets = {pitch: _onsets(clip, pitch) for pitch in nameless}
    rules: tuple[tuple[int, Callable[[Sequence[float], Clip], float]], ...] = (
        (CLOSED_HAT, _evenness),
        (KICK, _downbeats),
        (SNARE, _backbeats),
    )
    for lane, score in rules:
        if lane in lanes.values():
            continue
        free = [p for p in nameless if p not in lanes and len(onsets[p]) >= _FEWEST]
        best = max(free, key=lambda pitch: score(onsets[pitch], clip), default=None)
        if best is not None and score(onsets[best], clip) >= 0.5:
            lanes[best] = lane


def _onsets(clip: Clip, pitch: int) -> list[float]:
    return [note.start_beats for note in clip.playing() if note.pitch == pitch]


def _evenness(onsets: Sequence[float], clip: Clip) -> float:
    """Share of gaps alike, for a pad struck at least once a beat; 0 for others."""
    if len(onsets) < clip.loop_beats:
        return 0.0
    gaps = sorted(b - a for a, b in pairwise(onsets))
    middle = gaps[len(gaps) // 2]
    return sum(abs(gap - middle) < _NEAR_BEATS for gap in gaps) / len(gaps)


def _downbeats(onsets: Sequence[float], clip: Clip) -> float:
    """Share of bars whose first beat is struck."""
    firsts = [bar.start_beats for bar in clip.bars()]
    struck = sum(any(abs(t - first) < _NEAR_BEATS for t in onsets) for first in firsts)
    return struck / max(len(firsts), 1)


def _backbeats(onsets: Sequence[float], clip: Clip) -> float:
    """Share of hits on a pulse that is neither the bar's first nor its middle."""
    weak = 0
    for bar in clip.bars():
        for onset in onsets:
            place = onset - bar.start_beats
            pulse = round(place / bar.metre.pulse_beats) * bar.metre.pulse_beats
            inside = 0 <= pulse < bar.metre.bar_beats and abs(place - pulse) < _NEAR_BEATS
            weak += inside and bar.metre.strength(pulse) == 0.5
    return weak / max(len(onsets), 1)
