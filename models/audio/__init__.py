# SPDX-License-Identifier: Apache-2.0
"""Sound: clips of PCM, exact lengths, levels, seams, files, resampling. The host's half of audio.

Engines make sound at their own rate; everything here happens to it before and after.
"""
