# SPDX-License-Identifier: Apache-2.0
"""MusicGen as an engine: words, a sound to go on from, or a melody in; sound out as it is made.

engine       a request on its way, down the ladder where memory lacks
asked        what a request means to the model: its prompt, its melody, its length in frames
holding      the one model that is kept, read step by step
sounding     steps of the model turned into sound and progress
"""
