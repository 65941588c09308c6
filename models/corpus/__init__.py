# SPDX-License-Identifier: Apache-2.0
"""Corpus: MIDI files of many sources become works with roles, keys and splits, in small shards.

What there is:
    piece         the types: a piece, its parts and its label
    sets          the table of sets: licence, attribution, whether weights trained on it may ship
    facts         what a set says of a file: work, title, licence, official split
    readers       folders of sets, or of a user's own files, to pieces
    patterns      drums of styles that no set holds, made by rules

What is found out of each piece:
    roles         which part is lead, bass, chords, drums, soprano ...
    barlines      the first downbeat, where a converter hid the pickup
    styles        the style of a piece, from its set or its path
    words         what names and General MIDI programs say of a role
    analysis      key and counts of a piece

From pieces to shards:
    fingerprints  what stays of a tune when it is transposed, re-barred or slowed
    duplicates    works that are one work
    split         training, validation, test
    codec         a piece <-> bytes
    shards        files of many pieces
    build         all of it, from a folder to shards
    report        the page that says what the corpus holds
    credits       what shipped weights were trained on, and whom to name

`nextbar train corpus FOLDER -o OUT` builds it; docs/corpus.md says what is in ours.
"""
