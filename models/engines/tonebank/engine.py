# SPDX-License-Identifier: Apache-2.0
"""The engine tonebank: makes sound where no model is installed, and says that it is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from models.engine import (
    Answer,
    AudioAbility,
    AudioPartial,
    EngineEvent,
    EngineInfo,
    Progress,
    Request,
    Result,
)
from models.engines.tonebank import CHUNK, RATE_HZ
from models.engines.tonebank.words import Wanted, read_words
from models.engines.tonebank.writing import Part, parts_of
from models.errors import BadClip

if TYPE_CHECKING:
    from models.audio.clip import Samples

_SAYS = (
    "tonebank is simple synthesis, not a model: it knows a few dozen words; "
    "`nextbar models list` shows how MusicGen is installed"
)
_NOISE_SAMPLES = 3 * RATE_HZ


class Tonebank:
    """Plays a clip, or chords, bass, drums and a line of its own, with plain synthetic sounds."""

    info = EngineInfo(
        name="tonebank",
        doc="Plays words and notes with simple synthesis; needs no weights and no download.",
        commands=("audio",),
        needs_clips=False,
        audio=AudioAbility(
            RATE_HZ,
            channels=2,
            delivery="chunks",
            tempo="native",
            inputs=("continue", "melody"),
            max_seconds=3_600.0,
        ),
    )

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield each take in chunks of an eighth of a second, then the result."""
        from models.engines.tonebank.listening import heard_notes

        if request.clips and not request.clips[0].playing():
            raise BadClip("The clip has no sounding note to play; draw one in first.", where="clip")
        wanted = read_words(request.args["prompt"])
        heard = heard_notes(request)
        yield Progress(0.0, "writing notes")
        for take in range(request.takes):
            seed = f"{request.seed}/{take}"
            parts: list[Part] = []
            for part in parts_of(request, wanted, heard, seed):
                yield Progress(take / request.takes, "writing notes")
                parts += [part] if part else []
            for number, samples in enumerate(_rendered(request, take, parts, wanted)):
                yield AudioPartial(take, number * CHUNK, samples)
                done = min(1.0, (number + 1) * CHUNK / request.length_samples)
                yield Progress((take + done) / request.takes, "playing")
        yield Result((Answer(),) * request.takes, (_SAYS,))


def _rendered(
    request: Request, take: int, parts: Sequence[Part], wanted: Wanted
) -> Iterator[Samples]:
    import numpy as np

    from models.engines.tonebank.rendering import render, time_line

    length = request.length_samples
    notes = time_line(parts, request.args["tempo_bpm"], length / RATE_HZ)
    noise = np.random.default_rng([request.seed, take]).normal(size=_NOISE_SAMPLES)
    return render(notes, length, wanted, noise)
