# SPDX-License-Identifier: Apache-2.0
"""One take on its way from the engine: resampled as it comes, cut to length, collected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.audio.clip import AudioClip
from models.audio.plan import Plan
from models.audio.resample import Resampler
from models.engine import AudioAbility, AudioPartial
from models.errors import EngineFault

if TYPE_CHECKING:
    from models.audio.clip import Samples

_PIECE_S = 0.5  # of sound that the engine gave whole


class TakeStream:
    """Takes in sound at the engine's rate; gives it out at the project's, up to the length.

    What lies after the length is kept for the seam, and not given out.
    """

    def __init__(self, ability: AudioAbility, plan: Plan, take: int) -> None:
        self._ability = ability
        self._plan = plan
        self._take = take
        rate, channels = ability.sample_rate_hz, ability.channels
        self._resampler = Resampler(rate, plan.sample_rate_hz, channels)
        self._chunks: list[Samples] = []
        self._heard_samples = 0  # at the engine's rate
        self._kept_samples = 0  # at the project's

    @property
    def seconds(self) -> float:
        """How much of the take there is."""
        return self._heard_samples / self._ability.sample_rate_hz

    def push(self, event: AudioPartial) -> Iterator[AudioPartial]:
        """New sound; what can be given out of it.

        Raises:
            EngineFault: it does not follow on the last, is of another rate, or is not sound.
        """
        self._check_rate(event.sample_rate_hz)
        if event.start_samples != self._heard_samples:
            raise EngineFault(
                f"The engine went from sample {self._heard_samples} to {event.start_samples}; "
                "please report it.",
                where="engine",
            )
        yield from self._add(self._checked(event.samples))

    def close(self, audio: AudioClip | None) -> Iterator[AudioPartial]:
        """The take's end; `audio` is the whole of it where the engine gave it only now.

        Raises:
            EngineFault: it is too short, of another rate, or not sound.
        """
        if audio is not None and not self._heard_samples:
            self._check_rate(audio.sample_rate_hz)
            samples = self._checked(audio.samples)
            piece = round(_PIECE_S * self._ability.sample_rate_hz)
            for start in range(0, samples.shape[1], piece):
                yield from self._add(samples[:, start : start + piece])
        yield from self._give(self._resampler.finish())
        lacking = self._plan.wanted_samples - self._kept_samples
        if lacking > 0:
            raise EngineFault(
                f"The engine made {lacking / self._plan.sample_rate_hz:.3f} s less than was asked "
                "for; please report it.",
                where="engine",
            )

    def whole(self) -> AudioClip:
        """All of the take, with what the seam is made from, at the project's rate."""
        import numpy as np

        samples = np.concatenate(self._chunks, axis=1)
        return AudioClip(samples, self._plan.sample_rate_hz, self._plan.tempo_bpm)

    def _add(self, samples: Samples) -> Iterator[AudioPartial]:
        self._heard_samples += samples.shape[1]
        yield from self._give(self._resampler.push(samples))

    def _give(self, samples: Samples) -> Iterator[AudioPartial]:
        """Keep what belongs to the take, and give out what lies within its length."""
        kept = samples[:, : self._plan.wanted_samples - self._kept_samples]
        start = self._kept_samples
        self._chunks.append(kept)
        self._kept_samples += kept.shape[1]
        given = kept[:, : max(0, self._plan.length_samples - start)]
        if given.shape[1]:
            yield AudioPartial(self._take, start, given, self._plan.sample_rate_hz)

    def _check_rate(self, rate_hz: int) -> None:
        """Refuse sound that would come out at another pitch; a partial need not name its rate."""
        if rate_hz not in {0, self._ability.sample_rate_hz}:
            raise EngineFault(
                f"The engine made sound at {rate_hz} Hz, and says that it makes "
                f"{self._ability.sample_rate_hz}; please report it.",
                where="engine",
            )

    def _checked(self, samples: Samples) -> Samples:
        import numpy as np

        whole = np.asarray(samples, np.float32)
        if whole.ndim != 2 or whole.shape[0] != self._ability.channels:
            raise EngineFault(f"The engine gave sound of shape {whole.shape}; please report it.")
        if not np.isfinite(whole).all():
            raise EngineFault(
                "The engine made numbers that are no sound; ask again, or name another engine.",
                where="engine",
            )
        return whole
