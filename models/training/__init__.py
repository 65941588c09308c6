# SPDX-License-Identifier: Apache-2.0
"""What `models.train` is made of: pieces to windows to tasks to batches, and the loop.

windows, augment    cut a piece, and show it in another key, octave or pulse
objectives          hide cells of it: continue, infill, accompany, harmonise, vary
batches             token ids and features, sorted by length
telling             what target cells are told of their answer
starting            weights to begin with, also of a network with fewer parts
options, running    what a training may be told, and what every command does with it
optimizers          AdamW, or Muon for the matrices
trainer, loss_curve   the loop itself, resumable, and the picture of how it went
"""
