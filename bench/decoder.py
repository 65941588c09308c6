# SPDX-License-Identifier: Apache-2.0
"""How fast the clip network decodes, against torch and what memory allows, as markdown tables.

    python bench/decoder.py [--context 400] [--steps 4] [--weights FILE]

The first table is the network alone, with random weights: they are as fast as trained ones. The
bound is the bytes that one step of float32 must read (weights, and the context's keys and values)
over the rate at which one core reads memory. Where torch is installed, the same network in eager
torch with a static cache is timed too. Time is processor time: all of it is one thread, so it is
what a clock shows when nothing else runs, and the best of some rounds, taken in turns, so that a
busy moment meets all. The second table, from `bench/decoder_takes.py`, is what a musician waits
for, in time and in processor time; with trained weights if a file is given.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from models.threads import ask_for_one_thread

ask_for_one_thread(os.environ)

import numpy as np  # noqa: E402 - after the threads are asked for

from models import weights as weight_files  # noqa: E402
from models.decoding.decoder import Decoder, Inputs  # noqa: E402
from models.decoding.onnx_decoder import OnnxDecoder  # noqa: E402
from models.decoding.session import Session  # noqa: E402
from models.network import NetworkConfig, shapes  # noqa: E402
from models.tokens.vocabulary import SIZE  # noqa: E402
from models.weights import Weights  # noqa: E402

ROUNDS = 25

Setup = Callable[[], Callable[[], object]]  # prepares a round, and gives what is timed
STEPS_HEAD = (
    "| network | batch | prefill, ms | bound, tokens/s | torch eager, tokens/s | numpy, tokens/s "
    "| times torch | ONNX Runtime, tokens/s | times torch |"
)
TAKES_HEAD = (
    "| decoder | question | takes | first bar, ms | first bar again, ms | all takes, ms "
    "| longest gap, ms | first bar, CPU ms | all takes, CPU ms | free tokens a CPU second |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--context", type=int, default=400, help="tokens before the first")
    parser.add_argument("--steps", type=int, default=4, help="tokens decoded in a round")
    parser.add_argument("--weights", help="a weight file for the second table")
    parser.add_argument("--sizes", nargs="+", default=["5m", "10m"], help="networks")
    args = parser.parse_args()
    print(f"{platform.machine()}, numpy {np.__version__}, context of {args.context} tokens\n")
    print(STEPS_HEAD + "\n" + "|---" * 9 + "|")
    for size in args.sizes:
        report(size, args.context, args.steps)
    print("\n" + TAKES_HEAD + "\n" + "|---" * 10 + "|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = args.weights or str(Path(folder) / "weights")
        if not args.weights:
            made = random_weights("5m")
            weight_files.write(path, made.arrays, made.config)
        for more in ([], ["--numpy"]):
            script = Path(__file__).with_name("decoder_takes.py")
            subprocess.run([sys.executable, script, "--weights", path, *more], check=True)


def report(size: str, context: int, steps: int) -> None:
    weights = random_weights(size)
    config = weights.config
    decoders = {"numpy": Decoder(weights), "onnx": OnnxDecoder(weights)}
    question = inputs(config, 1, context, seed=0)
    prefill = min(seconds(lambda: Decoder(weights).read(question)) for _ in range(3))
    kept = 2 * config.layers * config.width * 4 * (context + steps // 2)  # bytes of keys and values
    for batch in (1, 4, 8):
        works: dict[str, Setup] = {
            name: stepper(decoder, question, batch, steps) for name, decoder in decoders.items()
        }
        eager = torch_step(weights, context, batch, steps)
        if eager is not None:
            works["torch"] = lambda eager=eager: eager
        best, rate = race(works)
        each = {name: batch * steps / found for name, found in best.items()}
        bound = f"{rate / (4 * config.parameters + kept):.0f} at {rate / 1e9:.1f} GB/s"
        cells = [f"{size}, {config.parameters / 1e6:.1f} M", f"{batch}", f"{1000 * prefill:.0f}"]
        cells += [bound if batch == 1 else "", f"{each['torch']:.0f}" if eager else ""]
        for name in ("numpy", "onnx"):
            cells.append(f"{each[name]:.0f}")
            cells.append(f"{each[name] / each['torch']:.1f}" if eager else "")
        print("| " + " | ".join(cells) + " |", flush=True)


def race(works: Mapping[str, Setup]) -> tuple[dict[str, float], float]:
    """The best seconds of each in some rounds, in turns, and the best rate of memory."""
    best = dict.fromkeys(works, float("inf"))
    rate = 0.0
    for _ in range(ROUNDS):
        rate = max(rate, bytes_per_second())
        for name, setup in works.items():
            best[name] = min(best[name], seconds(setup()))
    return best, rate


def stepper(decoder: Decoder, question: Inputs, batch: int, steps: int) -> Setup:
    """Begins a decode with room enough, as torch's cache has it, and gives the rest of it."""
    prefix = decoder.read(question)
    one = inputs(decoder.config, batch, 1, seed=1)

    def begin() -> Callable[[], None]:
        session = decoder.start(prefix, batch)
        session.extend(one)
        return lambda: run(session, one, steps)

    return begin


def run(session: Session, one: Inputs, steps: int) -> None:
    for _ in range(steps):
        session.extend(one)


def seconds(work: Callable[[], object]) -> float:
    """Processor time."""
    began = time.process_time()
    work()
    return time.process_time() - began


def bytes_per_second() -> float:
    """What one core reads from memory: the best of some sums over 64 MB."""
    block = np.ones(2**24, np.float32)
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
