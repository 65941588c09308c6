# SPDX-License-Identifier: Apache-2.0
"""MusicGen (Copet et al. 2023, arXiv 2306.05284) with a decoding loop of our own.

Text to audio, continuation, and following a melody. `model.MusicGen` is the way in; nothing here
knows of jobs, files of takes or the DAW. The text encoder (T5) and the codec (EnCodec) come from
transformers, the network between them is `network`, its loop `decoding`.
"""
