# SPDX-License-Identifier: Apache-2.0
"""What morphs of melodies are measured by: held-out pairs, paths between them, and their cost.

held_out     held-out windows, and pairs from different pieces
rebuilding   how much of a window comes back from its point
paths        ways from one window to another, and their measures
ngram        what a window costs under a 5-gram
music        windows as clips, for the clip network's morph and nats
sliding      what each slider changes, and what leaks
"""
