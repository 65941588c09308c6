# SPDX-License-Identifier: Apache-2.0
"""Sound: the host's half of audio.

Engines make sound at their own rate; everything here happens to it before and after.

    clip             sound in memory, and a finished take on disk
    files            audio files, read and written
    length           how many samples so many bars are
    resample         another sample rate, chunk by chunk

What is done with an engine's sound:
    host             runs the engine; what is below serves it
    plan             lengths, and the inputs that the engine is given
    prompt           the tempo in words
    stream           one take as it comes: resampled, cut, collected
    flaws            silence, or a sound that dies away
    tempo, stretch   the tempo that is heard, and brought to the wanted one
    seam             loops without a click; fades
    loudness         peak, loudness, and the gain to the usual level
    finish           from the sound of a take to its file
"""
