# SPDX-License-Identifier: Apache-2.0
"""Morphs from clip to clip, and melodies moved by sliders.

engine       a request on its way; `between` and `sliders` are its two commands
takes        different answers, each from a seed of its own
between      the steps of a morph, take by take
splinters    onsets too near to each other, where two grids met
sliders      what the knobs ask of the melody space
lifting      a line higher or lower in one piece
pushing      notes ahead of the beat, or back onto it
staying      locked notes among new ones, and new ones within range and scale
card         which weights ship
language     a morph that the clip network writes: bars rewritten, more and more unlike
"""
