# SPDX-License-Identifier: Apache-2.0
"""The one model that is kept ready, on which device, and whether another would fit."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator
from pathlib import Path

import torch

from models.errors import BadArgument, BadFile
from models.musicgen.memory import BYTES, Rung, free_bytes, needed_bytes
from models.musicgen.model import MusicGen
from models.musicgen.opening import weighed
from models.musicgen.windows import WINDOW_S

RATE_HZ = 32_000
MOST_THREADS = 8  # a step reads memory, of which more cores don't give more


def best_device(wanted: str) -> str:
    """The device to use.

    Raises:
        BadArgument: the one that was named is not there.
    """
    there = ["cpu"]
    if torch.backends.mps.is_available():
        there.insert(0, "mps")
    if torch.cuda.is_available():
        there.insert(0, "cuda")
    if wanted == "auto":
        return there[0]
    if wanted not in there:
        raise BadArgument(
            f"This machine has no {wanted}; it has {', '.join(there)}.", where="device"
        )
    return wanted


class Holder:
    """Reads models, and keeps the last one.

    Attributes:
        folder: where models lie.
        device: that was asked for.
        model: the one that is read, or None.
    """

    def __init__(
        self,
        folder: Path,
        device: str,
        free: Callable[[str], int | None] = free_bytes,
    ) -> None:
        """A holder of nothing yet.

        Args:
            folder: where models lie.
            device: `cpu`, `cuda` or `mps`.
            free: how much memory a device has left, or None where nobody says.
        """
        self.folder, self.device = folder, device
        self.model: MusicGen | None = None
        self._free = free
        self._held: tuple[str, str, str] | None = None  # model, device and precision

    def has_room(self, rung: Rung, seconds: float) -> bool:
        """Whether a rung fits in what is free, the model that would be dropped for it included.

        Raises:
            BadFile: the model's files are damaged or incomplete.
        """
        if _key(rung) != self._held:
            self.drop()
        free = self._free(rung.device)
        if free is None:
            return True
        config, weight = weighed(Path(rung.model))
        columns = round(min(seconds, WINDOW_S) * config.codec.frame_rate) + 256
        needed = needed_bytes(config, weight, rung, columns)
        if self.model is not None:  # its weights lie there already, and room that is used again
            needed -= weight.matrices * BYTES[rung.dtype] + weight.fine * 4
            free += self.model.stepper.held_bytes
        return needed <= free

    def read(self, rung: Rung) -> Generator[float, None, MusicGen]:
        """The rung's model; yields how far it is read.

        Raises:
            BadFile: it is no model that can be used here.
        """
        if self.model is not None and self._held == _key(rung):
            return self.model
        self.drop()
        dtype = getattr(torch, rung.dtype)
        model = yield from MusicGen.reading(Path(rung.model), rung.device, dtype)
        if model.config.codec.rate_hz != RATE_HZ:
            raise BadFile(
                f"{rung.model} sounds at {model.config.codec.rate_hz} Hz and MusicGen at "
                f"{RATE_HZ}; take another model.",
                where="model",
            )
        self.model, self._held = model, _key(rung)
        return model

    def drop(self) -> None:
        """Give the model's memory back."""
        self.model = self._held = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def prepare(device: str) -> None:
    """Set up the libraries of this process.

    On a CPU half of the cores compute and the others are left to the DAW. Notes of transformers
    are kept out of the log: those of a MusicGen are of no use to anybody.
    """
    import transformers

    transformers.logging.set_verbosity_error()
    if device == "cpu":
        torch.set_num_threads(min(MOST_THREADS, max(1, (os.cpu_count() or 1) // 2)))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of torch or Python means that memory has run out."""
    words = str(error).lower()
    lacking = "out of memory" in words or "can't allocate memory" in words
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or lacking


def _key(rung: Rung) -> tuple[str, str, str]:
    return rung.model, rung.device, rung.dtype
