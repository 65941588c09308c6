# SPDX-License-Identifier: Apache-2.0
"""Brings a take to the tempo that was asked for, by a stretch too small to be heard.

The work is done by Signalsmith Stretch, which keeps onsets within a millisecond or so.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from models.audio.clip import AudioClip
from models.audio.tempo import in_the_note_value_of, tempo_of
from models.errors import NotInstalled

if TYPE_CHECKING:
    from models.audio.clip import Samples

MOST = 0.04  # of the tempo; beyond that the take is another piece
ROOM = 1.05  # times the length is asked for, so that a slow take still fills its bars
_LEAST = 0.002  # what a loop of 20 s gains by less is under 40 ms
_MODULE = "python_stretch"


def check_installed() -> None:
    """Refuse to stretch where the library is missing, without loading it.

    Raises:
        NotInstalled: it is, with the line that installs it.
    """
    if find_spec(_MODULE) is None:
        raise NotInstalled(
            'Stretching needs python-stretch; install it with: pip install "nextbar[stretch]"',
            where="stretch",
        )


def on_tempo(clip: AudioClip, wanted_bpm: float) -> tuple[AudioClip, float]:
    """The take at the tempo wanted, and how many times longer it has become.

    It stays as it is where no pulse is heard, or the tempo is right, or off by more than `MOST`.
    """
    found = tempo_of(clip, wanted_bpm)
    if found is None:
        return clip, 1.0
    longer = in_the_note_value_of(found, wanted_bpm) / wanted_bpm
    if not _LEAST < abs(longer - 1) <= MOST:
        return clip, 1.0
    import python_stretch

    stretch: Any = python_stretch.Signalsmith.Stretch()
    stretch.preset(clip.channels, clip.sample_rate_hz)
    stretch.timeFactor = 1 / longer
    samples: Samples = stretch.process(clip.samples)
    return AudioClip(samples, clip.sample_rate_hz, wanted_bpm), longer
