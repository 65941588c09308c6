# SPDX-License-Identifier: Apache-2.0
"""Tonebank: sound from words and notes by simple synthesis, on any machine and with no download.

engine        from a request to sound
words         what a prompt asks for: parts, sounds, key
writing       the notes of each part: given, or by the rules
listening     notes that follow a given sound
rendering     from notes to samples, chunk by chunk
voices, kit   pitched sounds as sums of partials; a drum kit
"""

RATE_HZ = 44_100
CHUNK = RATE_HZ // 8  # samples that are made at once
