# SPDX-License-Identifier: Apache-2.0
"""What the host works out before an engine makes sound: lengths, and the inputs it is given."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from models.audio import files
from models.audio.clip import AudioClip
from models.audio.length import bars_in, samples_of, seconds_of
from models.audio.prompt import with_tempo
from models.audio.resample import resampled, with_channels
from models.audio.seam import SEAM_S, seam_samples
from models.audio.stretch import ROOM
from models.engine import AudioAbility, AudioInput, Request
from models.metre import Metre
from models.notation import metre_of

_SPARE_SAMPLES = 8  # at the lower of both rates, so that rounding never lacks one at the other


@dataclass(frozen=True, slots=True)
class Plan:
    """The frame of every take of a request.

    Attributes:
        seconds: the exact length.
        sample_rate_hz: the project's.
        length_samples: of the finished file.
        looped: whether its end shall lead into its start.
        continues: whether it follows on a sound, so that its start must not be faded.
        name: what it is called.
        stretched: whether it shall be stretched to its tempo, where that is near.
    """

    bars: int
    metre: Metre
    tempo_bpm: float
    seconds: Fraction
    sample_rate_hz: int
    length_samples: int
    looped: bool
    continues: bool
    name: str
    stretched: bool = False

    @property
    def wanted_samples(self) -> int:
        """How much an engine must make: the bars, what the seam is made from, room to stretch."""
        whole = self.length_samples + (seam_samples(self.sample_rate_hz) if self.looped else 0)
        return math.ceil(whole * ROOM) if self.stretched else whole


def plan_of(request: Request) -> Plan:
    """The frame that a request asks for."""
    args = request.args
    metre = metre_of(args["metre"])
    seconds = seconds_of(args["bars"], metre, args["tempo_bpm"])
    rate = args["sample_rate_hz"]
    continues = bool(args["continue_file"])
    looped = not continues if args["seam"] is None else args["seam"]
    length = samples_of(seconds, rate)
    bars, tempo = args["bars"], args["tempo_bpm"]
    name = " ".join(args["prompt"].split())[:80]
    return Plan(
        *(bars, metre, tempo, seconds, rate, length, looped, continues, name),
        stretched=bool(args.get("stretch")),
    )


def asked_of(ability: AudioAbility, request: Request) -> Request:
    """The request as an engine gets it: inputs read and fitted, the tempo in the words.

    Raises:
        BadFile: an input can't be read.
    """
    plan = plan_of(request)
    rate = ability.sample_rate_hz
    wanted_s = plan.seconds + (SEAM_S if plan.looped else 0)
    room = Fraction(ROOM) if plan.stretched else 1
    spare_s = Fraction(_SPARE_SAMPLES, min(rate, plan.sample_rate_hz))
    wanted = math.ceil((wanted_s * room + spare_s) * rate)
    args = dict(request.args)
    if ability.tempo == "prompt":
        args["prompt"] = with_tempo(args["prompt"], args["tempo_bpm"])
    audio = []
    if args["continue_file"]:
        clip = _last_bars(args["continue_file"], plan, ability.max_input_seconds)
        audio.append(AudioInput("continue", _fitted(clip, ability)))
    if args["melody_file"]:
        clip = _first_seconds(args["melody_file"], ability.max_input_seconds)
        audio.append(AudioInput("melody", _fitted(clip, ability)))
    return replace(request, args=args, audio=tuple(audio), length_samples=wanted)


def _last_bars(path: str, plan: Plan, most_s: float) -> AudioClip:
    """As many whole bars as the engine hears, up to the file's last bar line.

    What rings on after the last bar line is left out. A sound of less than a bar is taken whole.
    """
    known = files.facts(path)
    length = Fraction(known.length_samples, known.sample_rate_hz)
    there = bars_in(length, plan.metre, plan.tempo_bpm)
    bar = seconds_of(1, plan.metre, plan.tempo_bpm)
    heard = math.floor(Fraction(most_s) / bar)
    end = min(samples_of(there * bar, known.sample_rate_hz), known.length_samples)
    if not there or not heard:  # no bar fits: the last that can be heard
        end = known.length_samples if not there else end
        start = max(0, end - math.floor(most_s * known.sample_rate_hz))
    else:
        start = samples_of(max(0, there - heard) * bar, known.sample_rate_hz)
    return replace(files.read(path, start, end - start), tempo_bpm=plan.tempo_bpm)


def _first_seconds(path: str, most_s: float) -> AudioClip:
    known = files.facts(path)
    return files.read(path, 0, math.floor(most_s * known.sample_rate_hz))


def _fitted(clip: AudioClip, ability: AudioAbility) -> AudioClip:
    """The sound at the engine's rate and number of channels."""
    samples = with_channels(clip.samples, ability.channels)
    rate = ability.sample_rate_hz
    return AudioClip(resampled(samples, clip.sample_rate_hz, rate), rate, clip.tempo_bpm)
