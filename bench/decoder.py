# SPDX-License-Identifier: Apache-2.0
"""How fast the numpy network decodes, against what memory allows, as a markdown table.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python bench/decoder.py [--context 400] [--steps 60]

Random weights: they are as fast as trained ones and say nothing of quality. The bound is the
bytes that one step must read (weights, and the context's keys and values) over the rate at which
one core reads memory, measured in the same run. Where torch is installed, the same network in
eager torch with a static cache is timed too. All figures are the best of some rounds, the rate too.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

from models.threads import ask_for_one_thread

ask_for_one_thread(os.environ)

import numpy as np  # noqa: E402 - after the threads are asked for

from models.decoder import Decoder, Inputs  # noqa: E402
from models.session import Session  # noqa: E402
from models.network import NetworkConfig, shapes  # noqa: E402
from models.tokens.vocabulary import SIZE  # noqa: E402
from models.weights import Weights  # noqa: E402

ROUNDS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--context", type=int, default=400, help="tokens before the first")
    parser.add_argument("--steps", type=int, default=60, help="tokens decoded in a round")
    args = parser.parse_args()
    print(f"{platform.machine()}, numpy {np.__version__}, context of {args.context} tokens\n")
    print(
        "| network | prefill, ms | again, ms | batch | step, ms | tokens/s | bound, tokens/s |",
        end="",
    )
    print(" torch eager, tokens/s | times torch |")
    print("|---" * 9 + "|")
    for size in ("5m", "10m"):
        report(size, args.context, args.steps)


def report(size: str, context: int, steps: int) -> None:
    weights = random_weights(size)
    config = weights.config
    decoder = Decoder(weights)
    question = inputs(config, 1, context, seed=0)
    prefill = min(seconds(lambda: Decoder(weights).read(question)) for _ in range(3))
    prefix = decoder.read(question)
    again = min(seconds(lambda: decoder.read(question)) for _ in range(5))
    kept = 2 * config.layers * config.width * 4 * (context + steps // 2)  # bytes of keys and values
    for batch in (1, 8):
        one = inputs(config, batch, 1, seed=1)
        eager = torch_step(weights, context, batch, steps)
        ours, theirs, rates = [], [], []
        for _ in range(ROUNDS):  # in turns, so that a busy moment meets all
            rates.append(bytes_per_second())
            session = decoder.start(prefix, batch)
            ours.append(seconds(lambda s=session, o=one: run(s, o, steps)) / steps)
            if eager is not None:
                theirs.append(seconds(eager) / steps)
        step, bound = min(ours), (4 * config.parameters + kept) / max(rates)
        head = (
            f"{size}, {config.parameters / 1e6:.1f} M | {1000 * prefill:.0f} | {1000 * again:.2f}"
        )
        cells = [head, f"{batch}", f"{1000 * step:.2f}", f"{batch / step:.0f}"]
        cells.append(f"{batch / bound:.0f} at {max(rates) / 1e9:.1f} GB/s" if batch == 1 else "")
        cells += [f"{batch / min(theirs):.0f}", f"{min(theirs) / step:.1f}"] if theirs else ["", ""]
        print("| " + " | ".join(cells) + " |", flush=True)


def run(session: Session, one: Inputs, steps: int) -> None:
    for _ in range(steps):
        session.extend(one)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bytes_per_second() -> float:
    """What one core reads from memory: the best of some sums over 256 MB."""
    block = np.ones(2**26, np.float32)
    return block.nbytes / min(seconds(block.sum) for _ in range(3))


def random_weights(size: str) -> Weights:
    rng = np.random.default_rng(0)
    config = NetworkConfig.named(size, SIZE)
    arrays = {
        name: np.ones(shape, np.float32)
        if len(shape) == 1
        else rng.normal(0, 0.02, shape).astype(np.float32)
        for name, shape in shapes(config).items()
    }
    return Weights(config, arrays, {}, "")


def inputs(config: NetworkConfig, rows: int, length: int, seed: int) -> Inputs:
    rng = np.random.default_rng(seed)
    features = [rng.integers(0, size, (rows, length)) for _, size in config.features]
    sounding = (rng.random((rows, length, 128)) < 0.03).astype(np.uint8)
    return Inputs(rng.integers(0, SIZE, (rows, length)), np.stack(features, -1), sounding)


def torch_step(weights: Weights, context: int, batch: int, steps: int) -> Callable[[], None] | None:
    """Decodes `steps` tokens in eager torch with a static cache; None without torch."""
    try:
        import torch
        from torch.nn import functional
    except ImportError:
        return None
    from models.transformer import Transformer, rotate, rotations

    torch.set_num_threads(1)
    config = weights.config
    model = Transformer(config).eval()
    model.load_state_dict({name: torch.from_numpy(a) for name, a in weights.arrays.items()})
    shape = (config.layers, batch, config.heads, context + steps, config.head_width)
    keys, values = torch.randn(shape), torch.randn(shape)
    one = inputs(config, batch, 1, seed=1)
    tokens, features = torch.from_numpy(one.tokens), torch.from_numpy(one.features)
    sounding = torch.from_numpy(one.sounding).float()
    offsets = torch.tensor(config.offsets)
    cos, sin = rotations(config, context + steps, "cpu")

    def step(place: int) -> None:
        x = model.token(tokens) + model.features(features + offsets).sum(-2)
        x = x + sounding @ model.sounding.weight
        turns = cos[place : place + 1], sin[place : place + 1]
        for index, block in enumerate(model.blocks):
            split = block.qkv(block.attention_norm(x))
            split = split.view(batch, 1, 3, config.heads, config.head_width)
            query, key, value = split.permute(2, 0, 3, 1, 4)
            keys[index, :, :, place] = rotate(block.key_norm(key), turns)[:, :, 0]
            values[index, :, :, place] = value[:, :, 0]
            mixed = functional.scaled_dot_product_attention(
                rotate(block.query_norm(query), turns),
                keys[index, :, :, : place + 1],
                values[index, :, :, : place + 1],
            )
            x = x + block.out(mixed.transpose(1, 2).reshape(batch, 1, config.width))
            x = x + block.down(functional.relu(block.up(block.mlp_norm(x))).square())
        functional.linear(model.norm(x), model.token.weight)

    def decode() -> None:
        with torch.inference_mode():
            for place in range(context, context + steps):
                step(place)

    return decode


if __name__ == "__main__":
    main()
