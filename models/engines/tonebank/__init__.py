# SPDX-License-Identifier: Apache-2.0
"""Tonebank: sound from words and notes by simple synthesis, on any machine and with no download."""

RATE_HZ = 44_100
CHUNK = RATE_HZ // 8  # samples that are made at once
