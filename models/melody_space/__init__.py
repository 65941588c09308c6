# SPDX-License-Identifier: Apache-2.0
"""A space of melodies and chords: two bars are a point, and between two points lie others.

Music as the network sees it:
    frame        bars as quarters, quarters as six slots
    lines        one voice on the slots: its top pitch, and the chord below each onset
    voices       the notes of a clip as one or two voices
    symbols      a voice as numbers; the chord shapes that are known

The network:
    config       sizes, names and shapes of the weights
    space        encode and decode, in numpy
    store        weight files
    sliders      denser, higher, more syncopated: directions of the space
    network, batches, windows, train     the same in torch, and how it is trained

From one clip to another:
    morph        the whole way; `MorphWishes` says how
    phrase       a clip with its bars, pickup, voices and key
    lengths, layout      how long each step is, and which bars it stands for
    pairs        which voice turns into which
    candidates   what the network writes between two windows
    path         the monotone walk through them
    touch, playing       symbols as notes, played as both clips are
"""
