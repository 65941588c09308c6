# SPDX-License-Identifier: Apache-2.0
"""A training loop for any small network: cosine with warm-up, EMA, exact resuming.

Batches are asked for by step number, so where the data stood is the step alone. A checkpoint
holds weights, averaged weights, optimiser, random states, clock and losses: on one machine a run
that was interrupted ends with the very weights of one that was not (on the CPU bit for bit).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.training.loss_curve import Point
from models.training.optimizers import Method, optimizers

CHECKPOINT = "checkpoint.pt"

LossOf = Callable[[nn.Module, Any], tuple[Tensor, Tensor]]
BatchesFrom = Callable[[int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    Attributes:
        steps: optimiser steps in all.
        minutes: time budget over all sessions; 0 is none. The learning rate falls with the
            share of steps or of time that is used, whichever is larger.
        learning_rate: highest rate; it ends at `final_share` of it.
        warm_up: steps until the highest rate.
        weight_decay: on matrices, not on gains.
        betas: of AdamW.
        method: adamw, or muon for the matrices inside.
        clip: largest norm of the gradients.
        ema: decay of the averaged weights; shorter while training is young.
        accumulate: batches to a step.
        validate_every, checkpoint_every: steps between them.
        precision: auto takes bf16 where the processor computes in it.
    """

    steps: int
    minutes: float = 0.0
    learning_rate: float = 1e-3
    final_share: float = 0.05
    warm_up: int = 200
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    method: Method = "adamw"
    clip: float = 1.0
    ema: float = 0.999
    accumulate: int = 1
    validate_every: int = 500
    checkpoint_every: int = 500
    precision: str = "auto"


@dataclass(slots=True)
class Progress:
    """How far a training is; all of it is in the checkpoint."""

    step: int = 0
    seconds: float = 0.0
    tokens: float = 0.0
    best_valid: float = math.inf
    points: list[Point] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """What to train on; a batch has `tokens` and `to(device)`, the rest is the loss's affair.

    Attributes:
        loss_of: (model, batch) → weighted sum of losses, sum of weights.
        batches_from: batch number → batches from there on. They must depend on the number
            alone. Step s uses `accumulate` of them, from number s * accumulate.
        valid: the batches that validation uses, always the same.
    """

    loss_of: LossOf
    batches_from: BatchesFrom
    valid: Sequence[Any] = ()


class Trainer:
    """Trains one model in one folder.

    Args:
        model: the network, on the device where it shall be trained.
        task: losses and batches.
        plan: how to train.
        folder: where the checkpoint is kept; one that lies there is resumed.
        clock: seconds, as `time.monotonic` gives them.
    """

    def __init__(
        self,
        model: nn.Module,
        task: Task,
        plan: Plan,
        folder: Path,
        *,
        clock: Callable[[], float],
    ) -> None:
        self.model = model
        self.average = deepcopy(model).eval().requires_grad_(False)
        self.plan = plan
        self.progress = Progress()
        self._task = task
        self._losses: list[Tensor] = []  # since the last point of the curve
        self._path = folder / CHECKPOINT
        self._clock = clock
        self._device = next(model.parameters()).device
        self._optimizers = optimizers(
            model,
            plan.method,
            learning_rate=plan.learning_rate,
            weight_decay=plan.weight_decay,
            betas=plan.betas,
        )
        self._autocast = autocast(self._device, plan.precision)
        if self._path.exists():
            self._resume()

    def run(self, report: Callable[[Progress], None] = lambda progress: None) -> Progress:
        """Train until steps or minutes are used up; validate and keep a checkpoint at the end."""
        began = self._clock() - self.progress.seconds
        batches = iter(self._task.batches_from(self.progress.step * self.plan.accumulate))
        while not self._over():
            self._losses.append(self._step(batches))
            self.progress.step += 1
            self.progress.seconds = self._clock() - began
            if self._due(self.plan.validate_every):
                self._note()
            if self._due(self.plan.checkpoint_every):
                self.save()
            report(self.progress)
        return self.progress

    def _over(self) -> bool:
        return self.share >= 1

    def _due(self, every: int) -> bool:
        return self._over() or self.progress.step % every == 0

    @property
    def share(self) -> float:
        """How much of the training is done, 0 to 1: of its steps, or of its time."""
        share = self.progress.step / self.plan.steps
        if self.plan.minutes:
            share = max(share, self.progress.seconds / (60 * self.plan.minutes))
        return min(1.0, share)

    def learning_rate(self) -> float:
        """Linear warm-up, then a cosine down to the final share (Loshchilov and Hutter 2017)."""
        plan = self.plan
        warm = min(1.0, (self.progress.step + 1) / max(1, plan.warm_up))
        cosine = (1 + math.cos(math.pi * self.share)) / 2
        return plan.learning_rate * warm * (plan.final_share + (1 - plan.final_share) * cosine)

    def _step(self, batches: Iterable[Any]) -> Tensor:
        """One optimiser step; the mean loss, still on the device."""
        self.model.train()
        for group in chain.from_iterable(o.param_groups for o in self._optimizers):
            group["lr"] = self.learning_rate()
        mean = torch.zeros((), device=self._device)
        for _, batch in zip(range(self.plan.accumulate), batches, strict=False):
            with self._autocast():
                total, weight = self._task.loss_of(self.model, batch.to(self._device))
            loss = total / weight.clamp(min=1e-6) / self.plan.accumulate
            loss.backward()
            mean += loss.detach()
            self.progress.tokens += batch.tokens.numel()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._move_average()
        return mean

    @torch.no_grad()
    def _move_average(self) -> None:
        """Exponential moving average of the weights."""
        step = self.progress.step
        decay = min(self.plan.ema, (1 + step) / (10 + step))
        pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
        for average, weight in pairs:
            average.lerp_(weight, 1 - decay)

    def _note(self) -> None:
        """Add a point to the curve."""
        train = float(torch.stack(self._losses).mean())
        self._losses.clear()
        valid = self.validate()
        rate = self.learning_rate()
        self.progress.best_valid = min(self.progress.best_valid, valid)
        self.progress.points.append(
            Point(self.progress.step, train, valid, rate, self.progress.seconds)
        )

    @torch.no_grad()
    def validate(self) -> float:
        """Mean loss of the averaged weights on the validation batches, in nats; NaN without."""
        sums = torch.zeros(2, dtype=torch.float64)
        for batch in self._task.valid:
            with self._autocast():
                total, weight = self._task.loss_of(self.average, batch.to(self._device))
            sums += torch.stack((total, weight)).double().cpu()
        return float(sums[0] / sums[1]) if sums[1] > 0 else math.nan

    def save(self) -> None:
        """Keep a checkpoint; an interrupted write leaves the old one."""
        progress = self.progress
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all(),
            "progress": [progress.step, progress.seconds, progress.tokens, progress.best_valid],
            "losses": [float(loss) for loss in self._losses],
            "points": [point.row() for point in progress.points],
        }
        half = self._path.with_suffix(".part")
        torch.save(state, half)
        os.replace(half, self._path)

    def _resume(self) -> None:
        """Go on from the checkpoint; it is read without running anything in it."""
        state = torch.load(self._path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for optimizer, kept in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        torch.set_rng_state(state["random"])
        if self._device.type == "cuda" and state["random_cuda"]:
            torch.cuda.set_rng_state_all(state["random_cuda"])
        self._losses = [torch.tensor(loss, device=self._device) for loss in state["losses"]]
        points = [Point.of(row) for row in state["points"]]
        step, seconds, tokens, best = state["progress"]
        self.progress = Progress(step, seconds, tokens, best, points)


def autocast(
    device: torch.device, precision: str = "auto"
) -> Callable[[], AbstractContextManager[Any]]:
    """Makes contexts that compute in bf16, or that change nothing."""
    if precision == "fp32" or (precision == "auto" and not computes_in_bf16(device)):
        return nullcontext
    return lambda: torch.autocast(device.type, dtype=torch.bfloat16)


def computes_in_bf16(device: torch.device) -> bool:
    """Whether the device has bf16 arithmetic of its own; emulated, it is slower than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
