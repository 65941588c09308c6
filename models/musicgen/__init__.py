# SPDX-License-Identifier: Apache-2.0
"""MusicGen (Copet et al. 2023, arXiv 2306.05284) with a decoding loop of our own.

Text to audio, continuation, and following a melody. Nothing here knows of jobs, files of takes or
the DAW. The text encoder (T5) and the codec (EnCodec) come from transformers.

    model             the way in: a loaded checkpoint, and questions to it

Checkpoints:
    store, download   which models there are; fetching one, every file checked
    config            sizes, read from `config.json` and checked
    opening           a folder of either layout
    checkpoint, audiocraft   the layout of Hugging Face, and that of audiocraft
    memory            what a generation takes, and how to make do with less

What the network is told:
    text              prompts as states of the text encoder
    tones, chroma     a clip's notes in seconds; melodies as pitch classes
    conditions        text and melody as the network reads them

From there to tokens:
    network           the transformer: weights, cache, one pass
    pattern           the delay pattern of the codebooks
    sampling          how a token is drawn
    decoding          one step, replayed as a graph on a GPU
    session           one generation of at most a window
    windows, piece    longer ones: windows that slide, frame by frame

Between tokens and audio:
    codec             both ways at one go
    encoding, streaming_codec   the same piece by piece, to tokens and to audio
"""
