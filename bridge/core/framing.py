# SPDX-License-Identifier: Apache-2.0
"""The frame of what is written from nothing: bars, tempo and metre filled in, or a refusal.

What a client leaves open comes from the given clips, else it is usual. So every engine is given
whole numbers and a metre that can be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.audio.prompt import tempo_in
from models.clip import Clip
from models.errors import BadArgument
from models.metre import Metre
from models.notation import metre_of, scale_of
from models.theory.chord_names import chords_of

MAX_BEATS = 1024  # of a take: 64 bars of 16/4
_FEWEST_BARS, _MOST_BARS = 4, 64
_CHORALE_BARS = 8
_TEMPO_BPM = 120.0
_FRAME = ("bars", "tempo_bpm", "metre", "scale")

Args = dict[str, Any]


def fill_in(command: str, clips: Sequence[Clip], args: Args) -> Args:
    """The parameters with nothing left open that the clips or usage can say.

    Raises:
        BadArgument: metre, scale or chords can't be read, or don't go with the clips.
    """
    if args.get("metre"):
        args = {**args, "metre": str(metre_of(args["metre"]))}
    scale_of(args.get("scale", ""))
    chords_of(args.get("chords", ""))
    filler = _FILLERS.get(command)
    return filler(clips, args) if filler else args


def _generate(clips: Sequence[Clip], args: Args) -> Args:
    """The frame of the given clips, which is that of the new part too."""
    own = clips[0].metre_at(clips[0].loop_start_beats) if clips else Metre()
    metre = metre_of(args["metre"]) if args["metre"] else own
    if clips and metre != own:
        raise BadArgument(
            f"The given clip is in {own}; leave metre out, or leave the clips out.",
            where="metre",
        )
    beats = max((clip.loop_beats for clip in clips), default=0.0)
    bars = math.ceil(beats / metre.bar_beats - 1e-6)
    return _framed(
        args,
        min(_MOST_BARS, max(_FEWEST_BARS, bars)),
        clips[0].tempo_at(clips[0].loop_start_beats) if clips else _TEMPO_BPM,
        metre,
    )


def _harmonise(clips: Sequence[Clip], args: Args) -> Args:
    """Voices by name; a frame only where no clip gives one."""
    if not clips:
        if args["voices"]:
            raise BadArgument("voices names clips, and there are none.", where="voices")
        metre = metre_of(args["metre"] or "4/4")
        return _framed(args, _CHORALE_BARS, _TEMPO_BPM, metre)
    for name in _FRAME:
        if args[name]:
            raise BadArgument(
                f"{name} is for voices from nothing; leave it out, the clip has its own.",
                where=name,
            )
    if len(clips) > 1 and not args["voices"]:
        raise BadArgument(
            f"Say which voice each of the {len(clips)} clips is, such as voices soprano,bass.",
            where="voices",
        )
    return {**args, "voices": args["voices"] or "soprano"}


def _audio(clips: Sequence[Clip], args: Args) -> Args:
    """The frame of sound: the clip's, or what the words and files name."""
    files = [args["continue_file"], args["melody_file"]]
    if not clips and not args["prompt"].strip() and not any(files):
        raise BadArgument(
            "Say what it shall sound like with prompt, or give a clip or an audio file.",
            where="prompt",
        )
    told = [tempo_in(words) for words in (args["prompt"], *(Path(file).stem for file in files))]
    own = clips[0].tempo_at(clips[0].loop_start_beats) if clips else None
    tempo_bpm = args["tempo_bpm"] or own or next((tempo for tempo in told if tempo), None)
    if tempo_bpm is None and files[0]:
        raise BadArgument(
            "Say the tempo of continue_file with tempo_bpm, so that its bars can be counted.",
            where="tempo_bpm",
        )
    return _generate(clips, {**args, "tempo_bpm": tempo_bpm})


def _framed(args: Args, bars: int, tempo_bpm: float, metre: Metre) -> Args:
    bars, tempo_bpm = args["bars"] or bars, args["tempo_bpm"] or tempo_bpm
    beats = bars * metre.bar_beats
    if beats > MAX_BEATS:
        raise BadArgument(
            f"{bars} bars of {metre} are {beats:g} beats, and a take has at most "
            f"{MAX_BEATS}; ask for fewer bars.",
            where="bars",
        )
    return {**args, "bars": bars, "tempo_bpm": tempo_bpm, "metre": str(metre)}


_FILLERS: Mapping[str, Callable[[Sequence[Clip], Args], Args]] = MappingProxyType(
    {"audio": _audio, "generate": _generate, "harmonise": _harmonise}
)
