# SPDX-License-Identifier: Apache-2.0
"""What `bench/drum_space.py` measures.

windows    held-out two-bar windows, and pairs of them
cost       what a pattern costs under a 5-gram of steps, learned from training windows
rebuilt    how much of a window comes back through its point
paths      how straight and how likely the way between two patterns is
steering   what attribute directions and amounts do
seams      whether windows join without a seam
varied     windows varied as the engine varies them
respect    locked cells and missing pads, in thousands of decodes; speed
"""
