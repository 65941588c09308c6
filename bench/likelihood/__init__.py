# SPDX-License-Identifier: Apache-2.0
"""How likely the clip network finds held-out music: a file for each table, and the baselines.

run, page       measures everything; writes the tables and pictures
windows         held-out windows, and scenes that ask for their last bars
scoring         nats of every token of a real answer

continuations   what really followed: the network against the baselines
baselines, plainly   PPM and repeats; n-gram and frequencies
mixing          how predictors are mixed
remembered      the network beside a memory of the part
pairs           a part with its own context and with a foreign one
coincidence     the same told by onsets alone
seams           the first written bar, and the way back into a loop
cycles          literal repeats
told            controls told right and wrong; loss by set and task
"""
