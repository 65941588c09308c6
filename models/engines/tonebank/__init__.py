# SPDX-License-Identifier: Apache-2.0
"""Tonebank: sound from words and notes by simple synthesis, on any machine and with no download."""
