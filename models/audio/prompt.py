# SPDX-License-Identifier: Apache-2.0
"""Tempo in words: the one in a prompt or a file's name, and the one that a model is told."""

from __future__ import annotations

import re

_TEMPO = re.compile(r"(?<![\d.])(\d{2,3}(?:\.\d{1,2})?)[\s_-]*bpm(?![a-z])", re.IGNORECASE)
_TOLD = re.compile(
    r"[\s,;(\[]*(?:\b(?:at|tempo|bpm)\b[\s:]*)?" + _TEMPO.pattern + r"[)\]]?"
    r"|[\s,;(\[]*\bbpm\b[\s:=]*\d{2,3}(?:\.\d{1,2})?[)\].]?",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\bbpm\b[\s:=]*(\d{2,3}(?:\.\d{1,2})?)", re.IGNORECASE)
_LOWEST_BPM, _HIGHEST_BPM = 20.0, 400.0


def tempo_in(words: str) -> float | None:
    """The tempo that words name, such as "92 bpm", "loop_92bpm.wav" or "bpm: 92"."""
    found = _TEMPO.search(words) or _AFTER.search(words)
    tempo_bpm = float(found[1]) if found else 0.0
    return tempo_bpm if _LOWEST_BPM <= tempo_bpm <= _HIGHEST_BPM else None


def without_tempo(words: str) -> str:
    """The words with no tempo in them."""
    return " ".join(_TOLD.sub(" ", words).split()).strip(" ,;")


def with_tempo(words: str, tempo_bpm: float) -> str:
    """The words with this tempo and no other, as MusicGen was trained; without words, none."""
    return f"{without_tempo(words)} bpm: {tempo_bpm:g}.".strip() if words.strip() else ""
