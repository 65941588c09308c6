# SPDX-License-Identifier: Apache-2.0
"""The drums engine: varies, blends and completes drum clips, and makes drums from a rhythm.

engine      from a request to events
spaces      which drum space answers: the one that ships, or one that a user trained
sheet       a clip as windows of the drum space, with what may not change in it
takes       answers until there are as many different ones as wanted
varying     variations of a drum clip
filling     the end of a clip as a fill
morphing    clips that lead from one drum clip to another
carrying    whose notes stand in the cells between two clips
drumming    drums from a tap, a bass line, a melody; the lanes that a drum clip lacks
decoding    decodes to a wanted number of hits, played as the clip is played
amount      how much of a variation a take gets

A clip is read as windows of two bars that do not overlap: within a window all steps are decided
together, and windows share their chance, so that what repeats in the clip repeats in the answer.
"""
