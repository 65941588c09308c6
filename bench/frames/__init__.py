# SPDX-License-Identifier: Apache-2.0
"""Chorales as chords in equal steps of time, as the literature models them.

data         the data sets, and how each is put to the network
code         frames as tokens, one spelling for each
batches      pieces in numbers, and windows of them
network      the clip model's transformer for frames
scores       exact NLL of whole splits
literature   what papers report, beside our results
"""
