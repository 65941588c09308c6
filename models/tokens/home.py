# SPDX-License-Identifier: Apache-2.0
"""The common tonic: every key is brought to C major or A minor before the network sees it.

A small network then learns the steps of a scale once instead of twelve times; what it writes is
moved back. (The Boulanger-Lewandowski sets are prepared in the same way.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from models.clip import Note
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Part, Scene

_MAJOR_TONIC, _MINOR_TONIC = 0, 9
_KEYS = 24  # 0-11 major, 12-23 minor; 24 is "none"


def shift_home(key: int, low_pitch: int, high_pitch: int) -> int | None:
    """Semitones, -6 to 5, that bring a key to C major or A minor.

    Args:
        key: 0-11 major, 12-23 minor by root, 24 for none.
        low_pitch: lowest MIDI key of the music.
        high_pitch: highest one.

    Returns:
        None for music without a key, or without room for the move.
    """
    if key >= _KEYS:
        return None
    home = _MAJOR_TONIC if key < 12 else _MINOR_TONIC
    shift = (home - key % 12 + 6) % 12 - 6
    return shift if low_pitch + shift >= 0 and high_pitch + shift <= 127 else None


def scene_shift(scene: Scene, rules: Mapping[int, PartRules] | None = None) -> int:
    """Semitones that bring a scene to the common tonic; 0 where its key is unknown.

    Args:
        scene: what is to be written and around what.
        rules: by place in `scene.parts`; a range that would leave the keyboard keeps all in place.
    """
    if scene.key is None:
        return 0
    pitches = [note.pitch for note in _pitched_notes(scene)]
    shift = shift_home(scene.key, min(pitches, default=60), max(pitches, default=60)) or 0
    melodic = (rule for part, rule in (rules or {}).items() if not scene.parts[part].drums)
    fits = all(r.low_pitch + shift <= 127 and r.high_pitch + shift >= 0 for r in melodic)
    return shift if fits else 0


def moved_scene(scene: Scene, semitones: int) -> Scene:
    """The scene with all pitched parts, drafts, ranges and the key moved; drums stay."""
    if not semitones:
        return scene
    parts = tuple(part if part.drums else _moved_part(part, semitones) for part in scene.parts)
    cells = tuple(
        cell if scene.parts[cell.part].drums else _moved_cell(cell, semitones)
        for cell in scene.cells
    )
    key = scene.key
    if key is not None and key < _KEYS:
        key = key // 12 * 12 + (key + semitones) % 12
    return replace(scene, parts=parts, cells=cells, key=key)


def moved_rules(
    scene: Scene, rules: Mapping[int, PartRules], semitones: int
) -> dict[int, PartRules]:
    """The rules of the pitched parts, moved with the scene."""
    return {
        part: rule if scene.parts[part].drums else _moved_rule(rule, semitones)
        for part, rule in rules.items()
    }


def moved_notes(notes: Iterable[Note], semitones: int) -> tuple[Note, ...]:
    """Notes moved by semitones; they must have room."""
    return tuple(replace(note, pitch=note.pitch + semitones) for note in notes)


def _pitched_notes(scene: Scene) -> Iterable[Note]:
    for part in scene.parts:
        if not part.drums:
            yield from part.clip.notes
    for cell in scene.cells:
        if not scene.parts[cell.part].drums:
            yield from cell.draft or ()


def _moved_part(part: Part, semitones: int) -> Part:
    return replace(part, clip=part.clip.with_notes(moved_notes(part.clip.notes, semitones)))


def _moved_cell(cell: Cell, semitones: int) -> Cell:
    low, high = cell.controls.low_pitch, cell.controls.high_pitch
    controls = replace(
        cell.controls,
        low_pitch=None if low is None else _key(low + semitones),
        high_pitch=None if high is None else _key(high + semitones),
    )
    draft = None if cell.draft is None else moved_notes(cell.draft, semitones)
    return replace(cell, controls=controls, draft=draft)


def _moved_rule(rule: PartRules, semitones: int) -> PartRules:
    locked = (pitch + semitones for pitch in rule.locked_pitches)
    scale = rule.scale
    return replace(
        rule,
        low_pitch=_key(rule.low_pitch + semitones),
        high_pitch=_key(rule.high_pitch + semitones),
        scale=None if scale is None else frozenset((n + semitones) % 12 for n in scale),
        locked_pitches=frozenset(pitch for pitch in locked if 0 <= pitch <= 127),
    )


def _key(pitch: int) -> int:
    return min(127, max(0, pitch))
