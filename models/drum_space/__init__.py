# SPDX-License-Identifier: Apache-2.0
"""A space of drum patterns: a window of up to two bars is a point, and every point is a groove.

The network:
    config       sizes of the network; names and shapes of its weights
    frame        where each step stands in beat, bar and window: what the network knows besides hits
    question     what is known of a window: lanes, velocities, timing, or only a tap
    definition   the network in torch, for training (needs the neural extra)
    twin         the same in numpy, for playing

The space:
    space        encode, decode, ways between points, attribute directions
    handing      parts handed over from one pattern to another, as they stand
    path         from one pattern to another, step by step, without a step back
    attributes   density, syncopation and velocity of a pattern

How it is trained:
    windows      the corpus as windows of any metre
    corrupt      what training hides of a window
    train        the training
    tune         our decoder fitted to a user's own files
    export       weight files
    card         which weights ship, and where a user's own lie
"""
