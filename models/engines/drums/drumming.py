# SPDX-License-Identifier: Apache-2.0
"""Drums from a tap, a bass line, a melody; and the lanes that a drum clip lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.clip import Clip
from models.drum_space.frame import Frame
from models.drum_space.question import Question, some_lanes, tapped
from models.drum_space.space import DrumSpace, Noise, Terms
from models.engine import Answer, Request
from models.engines.drums.decoding import (
    as_loud,
    counted,
    footing,
    in_a_row,
    leaning,
    played_like,
)
from models.engines.drums.filling import fill
from models.engines.drums.sheet import Sheet, Span, freed, read_sheet, spans_of
from models.engines.drums.takes import Found, Rngs, different
from models.engines.drums.varying import Wish, stacked
from models.errors import BadClip
from models.percussion.hits import DrumPart, Hits, write_part
from models.percussion.lanes import (
    CLOSED_HAT,
    HIGH_TOM,
    KICK,
    LOW_TOM,
    MID_TOM,
    OPEN_HAT,
    RIDE,
    SNARE,
    Kit,
    kit_of,
    read_kit,
)
from models.percussion.steps import read_steps
from models.theory.steps import Steps

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

_FEWEST_A_BEAT = 3.0  # hits of new drums; fewer are no beat
_TIME_A_BEAT = 1.75  # of what a clip without hats and ride gets, at least
_PULSE_A_BEAT = 1.0  # of what a clip without kick or snare gets
_COLOUR_A_BEAT = 0.125  # of what a clip gets that has both
_FOLLOWS = ((KICK, 2.0), (SNARE, 0.5))  # logits where the rhythm strikes
_FOOTING = 2.0  # logits for kick and snare on the beats that are mostly theirs
_TIME = 2.0  # logits for the closed hat where the pulse is felt
_PULSE = 0.2  # strength from which on it is
_COLOUR = 1.5  # logits against toms: a beat has none but in its fills
_STIFF = 0.02
_TOMS = (LOW_TOM, MID_TOM, HIGH_TOM)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is asked of each window.

    Attributes:
        sheet: the clip that is written to.
        wish: how.
        fewest: new hits a beat, at least.
        stiff: whether the rhythm lies on its grid, so that new hits shall.
        questions: what is known of each window.
        pushes: what is added to the logits of each window.
    """

    sheet: Sheet
    wish: Wish
    fewest: float
    stiff: bool
    questions: tuple[Question, ...]
    pushes: tuple[Reals, ...]


def drums(space: DrumSpace, request: Request) -> Steps[Found]:
    """The takes of a request to drumify.

    Raises:
        BadClip: there is no sounding note to go by, or no lane or pad for a new hit.
    """
    clip = request.clips[0]
    if not clip.playing():
        raise BadClip(
            "There is no sounding note in the loop to go by; draw some in first.", where="clip"
        )
    make: Callable[[Clip, Wish], Task] = _completing if clip.kind == "drums" else _from_rhythm
    task = make(clip, Wish.of(request.args))

    def write(rngs: Rngs, freedom: float) -> Steps[list[Answer]]:
        warmer = replace(task.wish, temperature=task.wish.temperature + freedom)
        found = yield from _written(space, replace(task, wish=warmer), rngs)
        sheet = task.sheet
        return [Answer((write_part(sheet.part, hits, sheet.fixed),)) for hits in found]

    unwanted = (clip,) if clip.kind == "drums" else ()
    return (yield from different(write, request.seed, request.takes, unwanted))


def _from_rhythm(clip: Clip, wish: Wish) -> Task:
    """A melodic clip: its onsets are a tap."""
    frame = replace(clip, notes=(), kind="drums", name="Drums", scale=None)
    kit = read_kit(frame)
    if not any(kit.present):
        raise BadClip(
            "The clip's pads have no drum among them; name one kick, snare or hat.", where="pads"
        )
    steps = read_steps(clip)
    silent = Hits.silent(len(steps))
    part = DrumPart(frame, kit, steps, silent, MappingProxyType({}))
    fixed = np.zeros_like(silent.hits)
    fixed[:, ~part.lane_mask] = True
    sheet = Sheet(part, part.lane_mask, fixed, spans_of(steps, frame, silent, fixed))
    places, offsets = steps.nearest([note.start_beats for note in clip.playing()])
    tap = np.zeros((len(steps), 3), np.float32)
    for note, place, offset in zip(clip.playing(), places, offsets, strict=True):
        if note.velocity / 127 > tap[place, 1]:
            tap[place] = 1, note.velocity / 127, offset
    taps = _heard([tap[span.place] for span in sheet.spans])
    questions = tuple(tapped(t[None, :, 0] > 0, t[None, :, 1], t[None, :, 2]) for t in taps)
    stiff = bool(np.abs(offsets).max() < _STIFF)
    pushes = tuple(
        _following(t[:, 0], span.frame) for t, span in zip(taps, sheet.spans, strict=True)
    )
    return Task(sheet, wish, _FEWEST_A_BEAT, stiff, questions, pushes)


def _heard(taps: list[Reals]) -> list[Reals]:
    """The rhythm of each window; drums go on as before where it pauses."""
    found: list[Reals] = []
    for tap in taps:
        before = next((t for t in reversed(found) if t[:, 0].any() and len(t) == len(tap)), tap)
        found.append(tap if tap[:, 0].any() else before)
    return found


def _following(struck: Reals, frame: Frame) -> Reals:
    """Kicks rather where the rhythm strikes, and snares a little, [steps, lanes]."""
    found = _carrying(frame)
    for lane, pull in _FOLLOWS:
        found[:, lane] += pull * (struck - struck.mean())
    found[:, _TOMS] -= _COLOUR
    return found


def _carrying(frame: Frame) -> Reals:
    """Logits for a kick, a snare and a hat where most beats have them."""
    found = np.asarray(_FOOTING * footing(frame), np.float32)
    found[:, CLOSED_HAT] = _TIME * (frame.strengths > _PULSE)
    return found


def _completing(clip: Clip, wish: Wish) -> Task:
    """A drum clip: lanes without hits, on pads without notes."""
    taken = {note.pitch for note in clip.notes}
    kit = read_kit(clip)
    used = {kit.lanes[note.pitch] for note in clip.playing() if note.pitch in kit.lanes}
    general = {} if clip.pads else dict(read_kit(Clip((), 4.0, kind="drums")).lanes)
    known = {**general, **kit.lanes}
    new = {p: lane for p, lane in known.items() if p not in taken and lane not in used}
    if not new:
        raise BadClip(
            "Every drum that the kit has is played already; add pads to the kit or ask for vary.",
            where="pads",
        )
    lanes = {**kit.lanes, **new}
    mains = kit_of(new).mains
    sheet = read_sheet(clip, kit=Kit(MappingProxyType(lanes), kit_of(lanes, clip.playing()).mains))
    part = replace(sheet.part, kit=Kit(MappingProxyType(lanes), mains))
    free = np.array([main is not None for main in mains])
    sheet = freed(replace(sheet, part=part), np.broadcast_to(~free, sheet.fixed.shape).copy())
    lanes_known = np.asarray(sheet.part.hits.hits.any(axis=0))
    questions = tuple(some_lanes(span.hits[None], lanes_known) for span in sheet.spans)
    pushes = tuple(_carrying(span.frame) for span in sheet.spans)
    sheet = replace(sheet, kit=free | lanes_known)
    return Task(sheet, wish, _added(used), False, questions, pushes)


def _added(used: set[int]) -> float:
    """New hits a beat, at least, by what the clip has."""
    if not used & {CLOSED_HAT, OPEN_HAT, RIDE}:
        return _TIME_A_BEAT
    return _COLOUR_A_BEAT if {KICK, SNARE} <= used else _PULSE_A_BEAT


def _written(space: DrumSpace, task: Task, rngs: Rngs) -> Steps[list[Hits]]:
    """The hits of the whole clip, one for each source of chance."""
    sheet = task.sheet
    noise = stacked([Noise.drawn(rng, sheet.longest) for rng in rngs])
    away = np.stack([rng.normal(size=len(space.mean)) for rng in rngs]).astype(np.float32)
    rows = []
    for number in range(len(sheet.spans)):
        rows.append(_window(space, task, number, (noise, away)))
        yield
    found = in_a_row(rows)
    takes = [found[number] for number in range(len(rngs))]
    if task.wish.fill:
        takes = yield from fill(space, sheet, takes, rngs)
    return [as_loud(hits, task.wish.loudness, sheet.fixed) for hits in takes]


def _window(space: DrumSpace, task: Task, number: int, chance: tuple[Noise, Reals]) -> Hits:
    """One window for each take, [takes, steps, lanes]."""
    span, wish = task.sheet.spans[number], task.wish
    noise, away = chance
    steps = len(span.frame)
    short = Noise(noise.hits[:, :steps], noise.velocities[:, :steps], noise.offsets[:, :steps])
    point, spread = space.encode(task.questions[number], span.frame)
    points = space.moved(point + wish.temperature * spread * away, wish.directions)
    push = (task.pushes[number] + leaning(span.frame, wish.syncopation))[None]
    terms = Terms(task.sheet.kit, span.fixed, span.hits, push, wish.temperature)
    first = space.decode(points, span.frame, terms, short)
    found = counted(space, points, span.frame, terms, short, _wanted(task, span, first))
    found = played_like(found, span.hits, span.fixed)
    late = np.where(span.fixed | (not task.stiff), found.offsets, 0)
    return Hits(found.hits, found.velocities, late.astype(np.float32))


def _wanted(task: Task, span: Span, first: Hits) -> float:
    """Hits of a window: those that stay, and so many new ones as the density says."""
    stay = float((span.hits.hits & span.fixed).sum())
    usual = float(first.hits.sum(axis=(1, 2)).mean()) - stay
    beats = len(span.frame) / 4
    return stay + max(1.0, task.wish.density * max(usual, task.fewest * beats))
