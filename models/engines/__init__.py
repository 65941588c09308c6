# SPDX-License-Identifier: Apache-2.0
"""The engines, one module or folder each; `models.registry` lists them.

Notes, without a network:
    echo         adds nothing: the contract in brief, and for measuring
    motif        continues, fills and varies a clip from its own notes
    rules        bass, chords, counter-lines, drums, four voices, by theory

Notes, by networks:
    clip         a transformer: continues, fills, varies, accompanies, harmonises, generates
    morph        morphs between melodic clips; sliders
    drums        varies, blends and completes drum clips; drums from a rhythm
    performer    a clip played by a network of players

Sound:
    tonebank     plain synthesis on any machine
    musicgen     MusicGen with a decoding loop of our own
    audiocraft   the package audiocraft, in an environment of its own

What several of them share:
    weighted     a weight file, read before the first answer
    fallback     another engine writes where the network can't
    events       progress that rises; new notes of a finished take
    roles        what given clips play: lead, bass, chords, drums
    ends         a remark where nothing lies between the ends of a morph
"""
