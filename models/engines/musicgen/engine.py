# SPDX-License-Identifier: Apache-2.0
"""The engine musicgen: from request to sound, one step back on the ladder at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from models.engine import AudioAbility, EngineEvent, EngineInfo, Progress, Request
from models.errors import OutOfMemory
from models.musicgen.store import (
    PUBLISHED,
    WEIGHTS_LICENCE,
    choose,
    follows_melody,
    installed,
    own_folder,
    place_of,
)
from models.param import Param

if TYPE_CHECKING:
    from models.engines.musicgen.holding import Holder
    from models.musicgen.memory import Rung

RATE_HZ = 32_000
_ENOUGH = "nextbar models fetch musicgen-small"
_PARAMS = (
    Param("model", "text", "", "A model that was fetched, or a folder with one; empty chooses."),
    Param("guidance", "float", 3.0, "How closely the words and the melody are followed.", 1, 10),
    Param("temperature", "float", 1.0, "How freely it chooses; 0 always the likeliest.", 0, 2),
    Param("top_k", "int", 250, "Choose among so many likeliest sounds; 0 among all.", 0, 2048),
    Param("top_p", "float", 0.0, "Choose among the likeliest with this probability.", 0, 1),
    Param(
        "melody_line",
        "choice",
        "loudest",
        "Which notes of a clip are followed where several sound.",
        choices=("loudest", "top", "bass", "all"),
    ),
    Param(
        "precision",
        "choice",
        "",
        "Of the weights; empty takes what suits the device.",
        choices=("", "float32", "float16", "bfloat16"),
    ),
)


class MusicGenEngine:
    """Meta's MusicGen with a loop of our own; its weights are fetched by the user."""

    info = EngineInfo(
        name="musicgen",
        doc="Sound from words, from a sound to go on from, or along a melody (Meta's MusicGen).",
        commands=("audio",),
        kinds=("melodic",),
        needs_clips=False,
        params=_PARAMS,
        weights_licence=WEIGHTS_LICENCE,
        commercial_use=False,
        extra="audio",
        modules=("torch", "transformers", "safetensors"),
        devices=("cuda", "mps", "cpu"),
        audio=AudioAbility(
            RATE_HZ,
            channels=2,
            delivery="frames",
            tempo="prompt",
            inputs=("continue", "melody"),
            max_seconds=600.0,
        ),
    )

    def __init__(self, folder: Path | None = None) -> None:
        """The engine; `folder` is where models lie, None for the usual place."""
        self._folder = folder
        self._holder: Holder | None = None

    @staticmethod
    def absent() -> tuple[str, str] | None:
        """Why nothing can be answered yet, and the line that helps."""
        if installed(own_folder(os.environ)):
            return None
        return "musicgen needs a model, and none has been fetched", _ENOUGH

    def load(self, device: str) -> None:
        """Import what computes and look for a device; a model is read when one is asked for.

        Args:
            device: `cpu`, `cuda`, `mps`, or `auto` for the best that is there.
        """
        from models.engines.musicgen.holding import Holder, best_device, prepare

        if self._holder is None:
            folder = self._folder or own_folder(os.environ)
            self._holder = Holder(folder, best_device(device))
            prepare(self._holder.device)

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield sound as it is made, and the result.

        Raises:
            BadArgument: the model is not here, or can't follow what was given.
            BadFile: the model's files are damaged or incomplete.
            OutOfMemory: no step of the ladder has room.
        """
        from models.engines.musicgen.holding import is_out_of_memory
        from models.engines.musicgen.sounding import Sounding
        from models.musicgen.memory import ladder

        assert self._holder
        yield Progress(0.0, "loading")
        first = self._first(request)
        for rung in ladder(first, self._smaller(first.model), cpu=first.device != "cpu"):
            if not self._holder.has_room(rung, request.length_samples / RATE_HZ):
                continue
            sounding = Sounding(self._holder, request, first, rung)
            try:
                yield from sounding.events()
            except (RuntimeError, MemoryError) as error:
                self._holder.drop()
                if not is_out_of_memory(error):
                    raise
                if sounding.heard:
                    break
                continue
            return
        raise OutOfMemory(
            "There is too little memory for this; ask for fewer takes, fetch a smaller model, or "
            "close other programs.",
            where="model",
        )

    def _first(self, request: Request) -> Rung:
        """How it is answered where memory allows."""
        from models.musicgen.memory import Rung

        assert self._holder
        device = self._holder.device
        melody = bool(request.clips) or any(sound.role == "melody" for sound in request.audio)
        named = request.args["model"]
        there = installed(self._holder.folder)
        strong = device != "cpu"
        chosen = named or choose(there, melody=melody, strong=strong)
        chosen = chosen or choose(there, melody=False, strong=strong) or PUBLISHED[0].name
        place = place_of(self._holder.folder, chosen)
        usual = "float16" if strong else "float32"
        return Rung(str(place), device, request.args["precision"] or usual, request.takes)

    def _smaller(self, model: str) -> list[str]:
        """Models that are here and take less, the largest first, that do the same."""
        assert self._holder
        there = list(installed(self._holder.folder))
        name = Path(model).name
        if name not in there:
            return []
        below = there[: there.index(name)]
        like = [n for n in reversed(below) if follows_melody(n) == follows_melody(name)]
        return [str(self._holder.folder / n) for n in like]
