# SPDX-License-Identifier: Apache-2.0
"""The clip engine: a small transformer that continues, fills, accompanies, harmonises, varies.

From a request to what is asked:
    engine       requests in, clips out
    continuing, infilling, varying, accompanying, harmonising, generating   one a command
    question     a whole request as tracks, bars and cells
    source, straight   a clip as the network is told of it, its notes where they are meant
    ensemble, frame         several clips together, music from nothing
    hole, surroundings      spans of a clip, and what is round them
    rewriting    which note of the source a new one stands for
    wanted       what the knobs ask of the cells

From a question to notes:
    chain, reach, room   a question as asks that fit into the network's context
    ask          one ask, and a draft written for it
    writer, candidate, sampling   drafts, token by token
    resemblance, pace    leans to or from earlier bars and drafts, and to so many onsets
    hearing, degrees, accord  the chords that given parts make, and what others take of them
    remembering, recall  what a part has said so far weighs in on its next note
    choir, leading, concord   what is known of other voices, and what goes with it

Which drafts are offered:
    judge        which ones, in which order
    gates        faults that a musician hears at once
    distance     how different two drafts sound
    court, passage   how far a draft is from its reference; what is looked at
    portrait, company, voices, shortfall   what is measured: a part, parts together, and so on
    footing      how a bass or chords stand on the chords of the others
    bands        what real music measures

And back:
    job, delivery   a request on its way, and what is sent when
    touch        new notes played as the clip is played
    life         new notes played by the performer, where no playing was heard
    card         which weights ship
"""
