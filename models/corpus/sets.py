# SPDX-License-Identifier: Apache-2.0
"""The sets of the corpus: licence, whom to name, whether weights trained on them may ship.

A folder may hold two sets where its files come under two licences. What is not in this table is
read only as a user's own folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.corpus.piece import Grid

Tune = Literal["lines", "lead", "none"]
BarLines = Literal["file", "accents", "long notes"]


@dataclass(frozen=True, slots=True)
class SetInfo:
    """One set.

    Attributes:
        name: of the set.
        folder: where it lies in the folder of all sets.
        licence: of the data, for all files unless the facts of a file say otherwise.
        attribution: whom to name, and where the data come from.
        may_ship: whether weights trained on it may be given away.
        weight: share of training samples in the mix to start from; 0 keeps it out of the mix.
        grid: what of its beat line can be trusted.
        bar_lines: where they come from (see `barlines`); most files place them right.
        tune: which parts tell its works apart: all melodic lines, a written lead only (for
            patterns that many works share), or none.
        train_only: never measured on: synthetic, or made in the image of another set.
        imitates: the set that must not be measured with what was trained on this one.
        four_voices: four unnamed parts are soprano, alto, tenor, bass.
        sections: parts of one role play one after the other and are joined.
        notes: MIDI files are here; False for sets of text.
        quirk: what to know before using it.
    """

    name: str
    folder: str
    licence: str
    attribution: str
    may_ship: bool
    weight: float = 0.0
    grid: Grid = "bars"
    bar_lines: BarLines = "file"
    tune: Tune = "lines"
    train_only: bool = False
    imitates: str = ""
    four_voices: bool = False
    sections: bool = False
    notes: bool = True
    quirk: str = ""


_SHIPPED = (
    SetInfo(
        "groove",
        "groove",
        "CC BY 4.0",
        "Groove MIDI Dataset, Google LLC (Gillick et al. 2019)",
        True,
        0.06,
        tune="none",
        quirk="Played to a click, timing and velocity are human. The official split cuts through "
        "sessions, so a work is one recording.",
    ),
    SetInfo(
        "freedoom",
        "freedoom",
        "BSD-3-Clause",
        "Freedoom contributors (CREDITS-MUSIC)",
        True,
        0.13,
        quirk="27 of 112 files give no metre and are read as 4/4.",
    ),
    SetInfo(
        "blasphemer",
        "blasphemer",
        "BSD-3-Clause",
        "Blasphemer contributors (CREDITS.md)",
        True,
        0.0,
        grid="none",
        quirk="No beat grid: the tempo is lost, all files say 120 bpm.",
    ),
    SetInfo(
        "simutrans",
        "simutrans",
        "Artistic License 1.0",
        "The Simutrans Team and the composers in readme.txt",
        True,
        0.06,
        quirk="A fifth of the onsets is played in, off the grid.",
    ),
    SetInfo(
        "avmidi",
        "avmidi",
        "Authors' own permission (avmidi.txt)",
        "Alien Vendetta MIDI Pack, Cammy et al., 2022",
        True,
        0.05,
    ),
    SetInfo(
        "openewld-pd",
        "openewld-pd",
        "Public domain works (US); edition MIT",
        "OpenEWLD, Federico Simonetta",
        True,
        0.05,
        quirk="Chords are block voicings made from symbols. EU term not checked for co-authors.",
    ),
    SetInfo(
        "openscore-lieder", "openscore-lieder", "CC0 1.0", "OpenScore Lieder Corpus", True, 0.12
    ),
    SetInfo(
        "openscore-quartets",
        "openscore-quartets",
        "CC0 1.0",
        "OpenScore String Quartets",
        True,
        0.04,
    ),
    SetInfo(
        "openscore-hauptstimme",
        "openscore-hauptstimme",
        "CC0 1.0",
        "OpenScore Orchestra / Hauptstimme, Mark Gotham et al.",
        True,
        0.02,
        quirk="The scores only; the lines of main melody are a set of their own.",
    ),
    SetInfo(
        "openhymnal",
        "openhymnal",
        "Public domain",
        "Open Hymnal Project",
        True,
        0.05,
        bar_lines="accents",
        quirk="No tempo information; pickups are found by the converter's accents.",
    ),
    SetInfo(
        "js-fakes",
        "js-fakes",
        "CC BY 4.0",
        "JS Fake Chorales, Omar Peracha, 2021",
        True,
        0.02,
        train_only=True,
        imitates="jsb-chorales",
        four_voices=True,
        quirk="Made by a machine in the manner of Bach's chorales.",
    ),
    SetInfo(
        "jsb-chorales",
        "jsb-chorales",
        "Public domain works; no licence stated for the lists",
        "JSB-Chorales-dataset, Cheng-Zhi Anna Huang",
        True,
        0.02,
        grid="beats",
        four_voices=True,
        quirk="4/4 assumed, pickups not marked, repeated notes merged with held ones.",
    ),
    SetInfo(
        "fiddle-tunes",
        "fiddle-tunes",
        "Public domain tunes; transcriptions by permission",
        "music21 corpus: Ryan's, O'Neill's and Aird's collections, J. Chambers, J. Campin et al.",
        True,
        0.06,
        bar_lines="accents",
        quirk="Velocities are the accents of a converter; pickups are found by them.",
    ),
    SetInfo(
        "vienna4x22",
        "vienna4x22",
        "CC BY 4.0",
        "Vienna 4x22 Piano Corpus, Werner Goebl, 1999",
        True,
        0.0,
        grid="none",
        tune="none",
        quirk="Four excerpts, each by 22 pianists; no beat grid. For a performer only.",
    ),
    SetInfo(
        "chord-progressions",
        "chord-progressions",
        "MIT",
        "free-midi-chords, Ludovic Drolez",
        True,
        notes=False,
        quirk="Text, no MIDI: heard in mma-accompaniments (pop_*).",
    ),
    SetInfo(
        "mma-accompaniments",
        "mma-accompaniments",
        "Own output of MMA",
        "Made with MMA by Bob van der Poel",
        True,
        0.18,
        tune="lead",
        train_only=True,
        sections=True,
        quirk="Synthetic; timing and velocity are random, not human. ls_* are set to the tunes of "
        "openewld-pd and belong to the same works.",
    ),
    SetInfo(
        "mutopia",
        "mutopia",
        "Public Domain or CC BY, by piece",
        "Mutopia Project; per piece the typesetter",
        True,
        0.14,
        bar_lines="long notes",
        quirk="Pickups are not marked; the plain ones are found by long notes.",
    ),
)
_EVALUATION = (
    SetInfo("nottingham", "nottingham", "GPL-3.0", "Jukedeck, after Eric Foxley's database", False),
    SetInfo("openmsx", "openmsx", "GPL-2.0", "OpenMSX contributors (OpenTTD)", False),
    SetInfo(
        "imaginary-book",
        "imaginary-book",
        "GPL-2.0-or-later",
        "Impro-Visor",
        False,
        notes=False,
        quirk="Chord charts, no MIDI.",
    ),
    SetInfo(
        "piano-midi-de",
        "piano-midi-de",
        "CC BY-SA 3.0 DE (not confirmed)",
        "Bernd Krueger, piano-midi.de",
        False,
    ),
    SetInfo(
        "mutopia-by-sa",
        "mutopia",
        "CC BY-SA, by piece",
        "Mutopia Project; per piece the typesetter",
        False,
        bar_lines="long notes",
    ),
    SetInfo(
        "hauptstimme-melody",
        "openscore-hauptstimme",
        "CC BY-SA 4.0",
        "OpenScore Orchestra / Hauptstimme, Mark Gotham et al.",
        False,
        quirk="Main melodies stitched from the annotation.",
    ),
)
SETS = _SHIPPED + _EVALUATION
OWN = SetInfo("own", "", "The user's own", "", False, 1.0)


def set_named(name: str) -> SetInfo:
    """The row of a set.

    Raises:
        KeyError: no such set.
    """
    for info in (*SETS, OWN):
        if info.name == name:
            return info
    raise KeyError(name)


def folders() -> tuple[str, ...]:
    """The folders that hold sets of MIDI files, each once."""
    return tuple(dict.fromkeys(info.folder for info in SETS if info.notes))
