# SPDX-License-Identifier: Apache-2.0
"""What the machine allows: how fast memory is read, and what a step must read of it."""

import time


def bytes_per_second(device, rounds=20):
    """The best rate at which memory is copied, read and written bytes counted."""
    import torch

    size = 2**30 if device == "cuda" else 2**26
    source = torch.empty(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(rounds):
        wait(device)
        began = time.perf_counter()
        target.copy_(source)
        wait(device)
        best = max(best, 2 * size / (time.perf_counter() - began))
    return best


def step_bytes(weights, streams, past):
    """Bytes that a step reads: weights once, and the keys and values of the past."""
    sizes = weights.sizes
    size = weights.layers[0].qkv.element_size()
    matrices = sum(
        matrix.numel()
        for layer in weights.layers
        for matrix in (layer.qkv, layer.out, layer.up, layer.down)
    )
    matrices += sum(
        layer.cross.query.numel() + layer.cross.out.numel()
        for layer in weights.layers
        if layer.cross
    )
    kept = 2 * sizes.layers * sizes.width * streams * past
    return (matrices + kept) * size + weights.heads.numel() * 4


def wait(device):
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
