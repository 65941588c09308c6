# SPDX-License-Identifier: Apache-2.0
"""How much memory a generation needs, worked out before anything is loaded, and the steps back.

The ladder: fewer takes at once, half precision, a smaller model, the CPU; then a refusal. Every
step taken is told in words. What a model weighs is read from the heads of its files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.musicgen.config import Config, NetworkSizes

SLOT_STEP = 256  # the cache grows by so many
SPARE_BYTES = {"cpu": 300 << 20, "cuda": 900 << 20, "mps": 600 << 20}  # libraries, graphs, codec
NOISE_BYTES = 64 * 4  # of each codebook's token: 64 steps of float32
BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class Weight:
    """What a checkpoint's tensors take in memory.

    Attributes:
        matrices: numbers of the network that may be stored in half precision.
        fine: numbers that stay float32: text encoder, codec, embeddings, heads, norms.
    """

    matrices: int
    fine: int


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to answer.

    Attributes:
        model: name or folder of the model.
        device: `cuda`, `mps` or `cpu`.
        dtype: of the matrices: float32, float16, bfloat16.
        batch: takes at once.
    """

    model: str
    device: str
    dtype: str
    batch: int


def weight(config: Config, tensors: Sequence[tuple[str, int]]) -> Weight:
    """What a checkpoint weighs.

    Args:
        config: of it.
        tensors: name and count of numbers of each tensor in its files.
    """
    matrices = matrix_numbers(config.network)
    return Weight(matrices, sum(count for _, count in tensors) - matrices)


def matrix_numbers(sizes: NetworkSizes) -> int:
    """Numbers in the layers' matrices."""
    attentions = 1 if sizes.melody else 2
    layer = 4 * attentions * sizes.width**2 + 2 * sizes.width * sizes.inner
    return sizes.layers * layer


def needed_bytes(
    config: Config, weight: Weight, rung: Rung, columns: int, *, guided: bool = True
) -> int:
    """Memory that a generation takes on its device, with a reserve for what libraries use.

    Args:
        config: of the model.
        weight: of the model.
        rung: how it shall run.
        columns: of a window, conditions before it included.
        guided: whether a second stream runs beside each take.
    """
    sizes, size = config.network, BYTES[rung.dtype]
    slots = -(-(columns + sizes.chroma_frames) // SLOT_STEP) * SLOT_STEP
    streams = rung.batch * (2 if guided else 1)
    cache = 2 * sizes.layers * streams * slots * sizes.width * size
    noise = rung.batch * sizes.codebooks * sizes.vocabulary * NOISE_BYTES
    held = weight.matrices * size + weight.fine * 4
    return held + cache + noise + SPARE_BYTES[rung.device]


def ladder(first: Rung, smaller: Sequence[str], *, cpu: bool = True) -> Iterator[Rung]:
    """The ways to answer, from what was asked down.

    Args:
        first: what was asked.
        smaller: models that take less, the largest first.
        cpu: whether the CPU may be tried at the end.
    """
    yield first
    rung = first
    while rung.batch > 1:
        rung = replace(rung, batch=rung.batch // 2)
        yield rung
    if rung.dtype == "float32":
        rung = replace(rung, dtype=_half(rung.device))
        yield rung
    for model in smaller:
        yield replace(rung, model=model)
    if cpu and rung.device != "cpu":
        last = smaller[-1] if smaller else first.model
        for dtype in ("float32", "bfloat16"):
            yield Rung(last, "cpu", dtype, 1)


def _half(device: str) -> str:
    """Half precision as the device does it best."""
    return "bfloat16" if device == "cpu" else "float16"


def told(first: Rung, taken: Rung) -> tuple[str, ...]:
    """What was given up, in words; nothing where the first rung held."""
    words = []
    if taken.model != first.model:
        words.append(f"{Path(taken.model).name} instead of {Path(first.model).name}")
    if taken.device != first.device:
        words.append(f"on the {taken.device.upper()}, for lack of memory on the GPU")
    elif BYTES[taken.dtype] < BYTES[first.dtype]:
        words.append("half precision, for lack of memory")
    if taken.batch < first.batch:
        words.append(f"{taken.batch} of {first.batch} takes at once, for lack of memory")
    return tuple(words)


def free_bytes(device: str) -> int | None:
    """Memory that is free on a device now; None where nobody says."""
    if device == "cuda":
        import torch

        # What torch keeps for itself and does not use is as good as free.
        kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(torch.cuda.mem_get_info()[0]) + int(kept)
    return _free_on_linux() if device == "cpu" and os.name == "posix" else None


def _free_on_linux() -> int | None:
    """`MemAvailable` of the kernel, where there is one to ask."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        return None
    return None
