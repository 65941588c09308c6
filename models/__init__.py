# SPDX-License-Identifier: Apache-2.0
"""Music: clip types, MIDI files, theory and the engines that write notes.

What everything speaks in:
    clip, metre        what a musician hands over, and how its bars lie
    edit, drums        plain edits of clips; what is a drum, and which pad it is on
    notation           metres and scales as people write them
    wire               a clip as plain JSON data, exact to the last bit
    midi, convert      clips as Standard MIDI Files, and as types of other libraries
    examples           music written in code, for the demo, the docs and the tests
    errors             what can go wrong, each with a code and a remedy

Engines:
    param, engine      what an engine declares, is asked and answers
    wishes             what a command may ask and an engine leave aside, if it says so
    contract           the check of every result
    registry           which engines there are, and why one is absent
    engines            the engines
    theory             keys, chords, voice-leading: music as rules
    audio              sound: lengths, levels, seams, files

Networks, and what they learn from:
    corpus             MIDI files of many sources as works with roles, keys and splits
    tokens, network    the words of the clip network, its sizes and inputs
    transformer, train, training   the same network in torch, and how it learns
    decoding           and without torch, as the clip engine writes with it
    memory             what a part has said so far, weighed in while writing
    drum_space, percussion   a space of grooves; drum clips as arrays
    melody_space       a space of melodies and chords
    performer          velocity and micro-timing for any part
    musicgen           MusicGen with a decoding loop of our own
    recurrent          small recurrent networks in numpy

And below them all:
    weights, safetensors_file, files   weight files, and files written whole or not at all
    places             paths from outside, and what is wrong with them
    aside, threads     long work beside a job, on no more threads than pay

Nothing here knows of sockets, jobs or Live, and nothing here imports `bridge`.
"""
