# SPDX-License-Identifier: Apache-2.0
"""Music: clip types, MIDI files, theory and the engines that write notes.

    clip, metre        what a musician hands over, and how its bars lie
    wire               a clip as plain JSON data, exact to the last bit
    midi/, convert/    clips as Standard MIDI Files, and as types of other libraries
    param, engine      what an engine declares, is asked and answers
    registry           which engines there are, and why one is absent
    theory/, engines/  the music itself

Nothing here knows of sockets, jobs or Live, and nothing here imports `bridge`.
"""
