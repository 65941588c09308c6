# SPDX-License-Identifier: Apache-2.0
"""Tokens and grammar of the clip model.

Music as tokens, and back:
    vocabulary   every token as data, with its name
    scene        what is to be written, and around what
    grid         bars and notes in ticks of 1/24 quarter
    home         every key brought to one tonic, and back
    feel         how a beat is divided: straight, swung, in triplets
    controls, likeness   what cells measure, in the words of the wishes for them
    encode       a scene as token ids
    decode       token ids as notes

What the tokens so far say:
    state        phases, features and raw notes: the words of the tracker
    tracker      the state machine of training and decoding
    reading      whole sequences, read by the tracker
    echoes       what an earlier bar has next at this place
    rolls        what a pitch that may come next goes with
    strikes      when other parts strike, where an onset may come next
    sounding     sets of pitches or ticks, as the network takes them

What may come next:
    rules        what the answer must keep to
    grammar      the tokens that are allowed
    plan, forced, room   what the grammar works out before and between steps
    check, trial   an independent judge of answers, and random requests for it

Public names:

    from models.tokens.scene import Scene, Part, Cell, Controls, bars_of, cells_of, sort_parts
    from models.tokens.scene import key_of_scale, without_targets
    from models.tokens import vocabulary              # SIZE, ROLES, TASKS, STYLES, POS, PITCH, ...
    from models.tokens.encode import encode           # encode(scene, ...) -> Encoded
    from models.tokens.reading import followed, read, tracker_behind   # whole sequences
    from models.tokens.tracker import Tracker         # step(token), features(), rolls() ...
    from models.tokens.state import FEATURE_SIZES
    from models.tokens.rules import PartRules
    from models.tokens.grammar import Grammar         # Grammar(scene, rules).allowed(tracker)
    from models.tokens.controls import measured, density_asked, onsets_per_beat
    from models.tokens.likeness import similarity, similarity_asked
    from models.tokens.sounding import pitch_bits
    from models.tokens.decode import cell_notes, decode   # decode(scene, encoded, target)
"""
