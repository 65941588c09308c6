# SPDX-License-Identifier: Apache-2.0
"""Motif: continues, fills and varies a clip from its own notes, without a neural network.

    engine           from a request to takes: learns, writes, ranks, streams
    continuing, infilling, varying   one a command

What is learned from the clip:
    study            all of it, shared by the takes of a request
    grid, score      its bar grid, and what begins on each tick
    rhythm, melody   which ticks carry an onset, and which pitches
    ppm              prediction from contexts of any length; mixtures
    feel             velocity, timing and length for new notes
    space, kit       pitches that may be written; what each pad is for

New bars:
    span             the settings, and the time that may be written into
    plan             which earlier bar each new bar follows, and how closely
    onsets           rhythms for planned bars
    writer           notes for those rhythms
    lanes            what sounds on each pitch already
    drummer, thinning   what a drummer adds; a groove with fewer hits

Bars that change:
    sketch           a clip under variation, note by note
    changing         a share of the notes, bar by bar
    vary_line, vary_drums   how a note changes in melodies and chords, and in grooves

What comes of it:
    take             one take, and what makes it differ from another
    live             its bars, sent while it is written
"""

from models.engines.motif.engine import Motif

__all__ = ["Motif"]
