# SPDX-License-Identifier: Apache-2.0
"""The common tonic: every key is brought to C major or A minor before the network sees it.

A small network then learns the steps of a scale once instead of twelve times; what it writes is
moved back. (The Boulanger-Lewandowski sets are prepared in the same way.)
"""

from __future__ import annotations

_MAJOR_TONIC, _MINOR_TONIC = 0, 9
_KEYS = 24  # 0-11 major, 12-23 minor; 24 is "none"


def shift_home(key: int, low_pitch: int = 0, high_pitch: int = 127) -> int | None:
    """Semitones, -6 to 5, that bring a key to C major or A minor.

    Args:
        key: 0-11 major, 12-23 minor by root, 24 for none.
        low_pitch: lowest MIDI key of the music.
        high_pitch: highest one.

    Returns:
        None for music without a key, or without room for the move.
    """
    if key >= _KEYS:
        return None
    home = _MAJOR_TONIC if key < 12 else _MINOR_TONIC
    shift = (home - key % 12 + 6) % 12 - 6
    return shift if low_pitch + shift >= 0 and high_pitch + shift <= 127 else None
