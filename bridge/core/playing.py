# SPDX-License-Identifier: Apache-2.0
"""What the audio output is given of a job: its first take, from the first sample on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.core.effects import Play
from bridge.jobs import Job
from models.audio.length import samples_of, seconds_of
from models.engine import Request
from models.notation import metre_of


def played(job: str, request: Request, frame: Mapping[str, Any]) -> Iterator[Play]:
    """The frames for the player that follow from new sound of a worker."""
    args = request.args
    if frame["take"] != 0 or not args.get("play"):
        return
    if frame["start_samples"] == 0:
        seconds = seconds_of(args["bars"], metre_of(args["metre"]), args["tempo_bpm"])
        rate_hz = frame["sample_rate_hz"]
        yield Play(
            {
                "do": "begin",
                "job": job,
                "length_samples": samples_of(seconds, rate_hz),
                "sample_rate_hz": rate_hz,
                "bar": [args["metre"], args["tempo_bpm"]],
            }
        )
    sound = {"do": "sound", "job": job, "channels": frame["channels"], "pcm": frame["pcm"]}
    yield Play(sound)


def hushed(job: Job) -> list[Play]:
    """The frame that ends what may still be heard of a job, also of one that is made whole."""
    return [Play({"do": "stop", "job": job.id})] if job.command == "audio" else []
