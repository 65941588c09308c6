# SPDX-License-Identifier: Apache-2.0
"""Music theory as code: keys, chords, harmony, voice-leading; pure Python.

What is heard:
    score          the clips of a request as one list of sounds
    keys           which key or mode, and how sure that is
    chords         triads and sevenths, and how they move in a key
    chord_names    chords as people write them
    cells          the spans in which a chord may change
    harmony        the chord of every span

What is written:
    voicing        chords on keys and pads, led smoothly
    voiceleading   the classical rules of four voices, checked
    partwriting    what a chord of four voices costs
    slots, satb    where four voices move; the cheapest chords and voicings
    ornament       passing notes

    steps          long work as a generator that pauses often
"""
