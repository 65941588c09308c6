# SPDX-License-Identifier: Apache-2.0
"""The optimisers of a training: AdamW alone, or Muon for the matrices inside the network.

Muon (Jordan et al. 2024) makes the momentum of a matrix orthogonal before it steps; its rate is
scaled so that a step is as large as one of AdamW's (Liu et al. 2025), and both share one rate.
Tables that are looked up in, and gains, stay with AdamW.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import nn

Method = Literal["adamw", "muon"]


def optimizers(
    model: nn.Module,
    method: Method,
    *,
    learning_rate: float,
    weight_decay: float,
    betas: tuple[float, float],
) -> list[torch.optim.Optimizer]:
    """The optimisers that together step every weight once; only matrices decay."""
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    weights = list(model.parameters())
    inner = [p for p in weights if p.dim() == 2 and id(p) not in tables and method == "muon"]
    taken = {id(p) for p in inner}
    others = [p for p in weights if id(p) not in taken]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in others if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in others if p.dim() <= 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=learning_rate, betas=betas, fused=True)
    if not inner:
        return [adamw]
    muon = torch.optim.Muon(
        inner, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    return [adamw, muon]
