# SPDX-License-Identifier: Apache-2.0
"""Drum clips as arrays, and back again: what every drum network reads and writes.

lanes   nine lanes, kick to ride, and which lane each pad of a clip plays
steps   a grid that follows metre, shuffle and triplets; a note lies on a step with an offset
hits    a clip as hits, velocities and offsets by step and lane; an untouched note stays itself
"""
