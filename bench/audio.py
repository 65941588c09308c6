# SPDX-License-Identifier: Apache-2.0
"""How fast the MusicGen loop is, against transformers and what memory allows, as markdown tables.

    python bench/audio.py                      what suits the machine
    python bench/audio.py --sizes medium --paced-minutes 10
    python bench/audio.py --device cpu --sizes small --steps 8 --rounds 5

The same random weights everywhere, runs in turns, medians with quartiles. On a GPU time is the
clock's, after the device has finished; on a CPU it is processor time of one thread. The bound is
the bytes a step must read at the rate at which this machine copies memory, measured in this run.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import statistics
import time

from models.threads import ask_for_one_thread

CHUNKS_MS = (100, 250, 500)
TAKES = (1, 4, 8)
AHEAD_S = 1.0  # of sound that a paced run makes before it waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--device", default="", help="cpu, cuda or mps; empty takes the best")
    parser.add_argument("--sizes", nargs="+", help="tiny small medium large stereo-medium")
    parser.add_argument("--steps", type=int, help="steps in a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--takes", nargs="+", type=int, help="takes at once")
    parser.add_argument("--dtype", help="of the matrices; float32 on a CPU, else float16")
    parser.add_argument("--paced-minutes", type=float, default=0.0, help="streamed at its pace")
    parser.add_argument("--steps-only", action="store_true", help="the first table alone")
    parser.add_argument("--no-compile", action="store_true", help="leave the compiled baseline out")
    args = parser.parse_args()
    device = args.device or best_device()
    if device == "cpu":
        ask_for_one_thread(os.environ)
    args.device = device
    args.sizes = args.sizes or (["small"] if device == "cpu" else ["small", "medium", "large"])
    args.steps = args.steps or (8 if device == "cpu" else 400)
    args.takes = args.takes or ([1] if device == "cpu" else list(TAKES))
    report(args)


def best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def report(args: argparse.Namespace) -> None:
    import torch
    import transformers
    from musicgen_loop.limits import bytes_per_second

    transformers.logging.set_verbosity_error()
    torch.set_grad_enabled(False)
    if args.device == "cpu":
        torch.set_num_threads(1)
    where = torch.cuda.get_device_name() if args.device == "cuda" else platform.machine()
    rate = bytes_per_second(args.device)
    print(
        f"{where}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"memory copied at {rate / 1e9:.1f} GB/s, {args.steps} steps, {args.rounds} rounds\n"
    )
    for name in args.sizes:
        one_size(name, rate, args)
        gc.collect()
        if args.device == "cuda":
            torch.cuda.empty_cache()


def one_size(name: str, rate: float, args: argparse.Namespace) -> None:
    import torch
    from musicgen_loop.shapes import shape
    from musicgen_loop.systems import Ours

    usual = "float32" if args.device == "cpu" else "float16"
    dtype = getattr(torch, args.dtype or usual)
    made = shape(name, args.device, dtype)
    print(f"## {name}, {str(dtype).removeprefix('torch.')}\n")
    ours = Ours(made, args.device)
    began = time.perf_counter()
    ours.seconds(2)
    print(f"First two steps, with what has to be recorded: {time.perf_counter() - began:.2f} s\n")
    steps_table(made, ours, rate, args)
    if args.steps_only:
        return
    takes_table(ours, args)
    first_sound_table(made, ours, args)
    if args.paced_minutes:
        paced(made, ours, args)
    if args.device == "cuda":
        print(f"\nMost memory: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB\n")
        torch.cuda.reset_peak_memory_stats()


def steps_table(made: object, ours: object, rate: float, args: argparse.Namespace) -> None:
    """Milliseconds a step of each system, in turns."""
    from musicgen_loop.limits import step_bytes
    from musicgen_loop.systems import LEAD, Compiled, Eager

    systems = [ours, Eager(made, args.device)]
    if not args.no_compile:
        systems.append(Compiled(made, args.device, max(256, LEAD + args.steps)))
    found: dict[str, list[float]] = {system.name: [] for system in systems}
    for turn in range(args.rounds + 1):  # the first warms up
        for system in list(systems):
            try:
                spent = system.seconds(args.steps)
            except Exception as error:  # a baseline that does not run is a result
                print(f"{system.name} does not run: {type(error).__name__}: {str(error)[:200]}\n")
                systems.remove(system)
                continue
            if turn:
                found[system.name].append(1000 * spent / args.steps)
    bound = 1000 * step_bytes(made.ours.weights, 2, args.steps // 2) / rate
    mine = statistics.median(found[ours.name])
    print("| loop | ms a step | quartiles | times real time | ours is faster | of the bound |")
    print("|---|---|---|---|---|---|")
    for label, times in found.items():
        if times:
            middle = statistics.median(times)
            low, _, high = statistics.quantiles(times, n=4) if len(times) > 1 else (middle,) * 3
            print(
                f"| {label} | {middle:.2f} | {low:.2f}-{high:.2f} | {20 / middle:.2f} "
                f"| {middle / mine:.2f} | {100 * bound / middle:.0f} % |"
            )
    print(f"| bound | {bound:.2f} | | {20 / bound:.1f} | | |\n", flush=True)


def takes_table(ours: object, args: argparse.Namespace) -> None:
    """Several takes at once."""
    print("| takes at once | ms a step | times real time, all |\n|---|---|---|")
    for takes in args.takes:
        ours.seconds(min(args.steps, 8), takes)
        times = [ours.seconds(args.steps, takes) / args.steps for _ in range(args.rounds)]
        middle = 1000 * statistics.median(times)
        print(f"| {takes} | {middle:.2f} | {20 * takes / middle:.1f} |", flush=True)
    print()


def first_sound_table(made: object, ours: object, args: argparse.Namespace) -> None:
    """From a warm request to the first sound on the host: text, steps, codec."""
    print("| first sound of | ms until it is there, median | worst |\n|---|---|---|")
    for chunk_ms in CHUNKS_MS:
        first_sound(made, ours, chunk_ms, args.device)
        times = [first_sound(made, ours, chunk_ms, args.device) for _ in range(args.rounds)]
        middle, worst = statistics.median(times), max(times)
        print(f"| {chunk_ms} ms | {1000 * middle:.0f} | {1000 * worst:.0f} |", flush=True)


def first_sound(made: object, ours: object, chunk_ms: int, device: str) -> float:
    from musicgen_loop.systems import clock

    from models.musicgen.streaming_codec import StreamingDecoder

    model = made.ours
    decoder = StreamingDecoder(model.codec, model.channels)
    wanted = chunk_ms // 20 + decoder.behind
    began = clock(device)
    piece, steps = ours.begin(1, 200)
    for ready in steps:
        if ready >= wanted:
            break
    decoder.push(piece.tokens[..., :ready]).cpu()
    return clock(device) - began


def paced(made: object, ours: object, args: argparse.Namespace) -> None:
    """A long piece at the pace it is played: how often sound came too late."""
    from models.musicgen.streaming_codec import StreamingDecoder

    model = made.ours
    decoder = StreamingDecoder(model.codec, model.channels)
    piece, steps = ours.begin(1, round(args.paced_minutes * 60 * 50))
    decoded, sounded_s, late, least_s = 0, 0.0, 0, float("inf")
    began = 0.0
    for ready in steps:
        if ready - decoded < 12 and ready < piece.frames:
            continue
        audio = decoder.push(piece.tokens[..., decoded:ready], ready == piece.frames).cpu()
        decoded = ready
        if not audio.shape[-1]:
            continue
        began = began or time.perf_counter()  # it begins to play with its first sound
        ahead_s = sounded_s - (time.perf_counter() - began)
        if sounded_s:
            late += ahead_s < 0
            least_s = min(least_s, ahead_s)
        sounded_s += audio.shape[-1] / model.config.codec.rate_hz
        time.sleep(max(0.0, ahead_s - AHEAD_S))
    print(
        f"\n{sounded_s / 60:.1f} minutes at their own pace: {late} times too late, "
        f"never less than {1000 * least_s:.0f} ms ahead"
    )


if __name__ == "__main__":
    main()
