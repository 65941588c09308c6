# SPDX-License-Identifier: Apache-2.0
"""How long the clip network lets a musician wait, and what it holds, as rows of a markdown table.

    python bench/decoder_takes.py [--weights FILE] [--numpy]

`bench/decoder.py` runs this in a process of its own, so that the memory is that of a worker. The
questions: four bars on after four bars of a tune, as the engine asks (with the part's memory) and
of the network alone, and a bass under eight bars of three parts.
*First bar* is from the question to the first finished bar, with the context unread and then kept
from before; *gap* is the longest time without a sign of life. CPU is processor time, which other
work on the machine disturbs less. Best of some rounds.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Mapping
from pathlib import Path

from models.threads import ask_for_one_thread

ask_for_one_thread(os.environ)

from models import weights as weight_files  # noqa: E402 - after the threads are asked for
from models.clip import Clip, Note  # noqa: E402
from models.decoding.decoder import Decoder  # noqa: E402
from models.decoding.onnx_decoder import OnnxDecoder  # noqa: E402
from models.engines.clip.sampling import Sampling, generators  # noqa: E402
from models.engines.clip.writer import CellEnd, Writer, Written  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Part, Scene, bars_of, cells_of  # noqa: E402

ROUNDS = 3
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weights", required=True, help="a weight file")
    parser.add_argument("--numpy", action="store_true", help="without ONNX Runtime")
    args = parser.parse_args()
    decoder = (Decoder if args.numpy else OnnxDecoder)(weight_files.read(args.weights))
    name = "numpy" if args.numpy else "ONNX Runtime"
    questions = {
        "4 bars of a tune": (tune(), 1.0),
        "4 bars of a tune, network alone": (tune(), 0.0),
        "8 bars of bass under 3 parts": (bass(), 1.0),
    }
    for title, (scene, memory) in questions.items():
        for takes in (1, 4, 8):
            cells = row(Writer(decoder), scene, takes, Sampling(memory=memory))
            print(f"| {name} | {title} | {takes} | {cells} |", flush=True)
    print(f"| {name} | most memory: {memory_mb()} MB | | | | | | | | |", flush=True)


def row(writer: Writer, scene: Scene, takes: int, sampling: Sampling) -> str:
    """The cells of the table: milliseconds, and free tokens a second."""
    rounds = []
    for number in range(ROUNDS):
        fresh = different(scene, number)  # the decoder has not seen it
        cold = timed(writer, fresh, takes, sampling)
        warm = timed(writer, fresh, takes, sampling)
        first, whole = cold["first"], cold["whole"]
        rounds.append((first[0], warm["first"][0], whole[0], cold["gap"][0], first[1], whole[1]))
        tokens = cold["tokens"][0]
    best = tuple(map(min, zip(*rounds, strict=True)))
    times = " | ".join(f"{1000 * seconds:.0f}" for seconds in best)
    return f"{times} | {tokens / best[-1]:.0f}"


def timed(
    writer: Writer, scene: Scene, takes: int, sampling: Sampling
) -> dict[str, tuple[float, ...]]:
    """Time and processor time to the first bar and to the end; the longest gap; free tokens."""
    began = last = clocks()
    found: dict[str, tuple[float, ...]] = {"gap": (0.0, 0.0)}
    for event in writer.write(scene, rules(scene), sampling, generators(0, range(takes))):
        now = clocks()
        found["gap"] = tuple(map(max, found["gap"], since(last, now)))
        last = now
        if isinstance(event, CellEnd):
            found.setdefault("first", since(began, now))
        if isinstance(event, Written):
            found["tokens"] = (sum(sum(draft.tokens) for draft in event.drafts),)
    return {**found, "whole": since(began, clocks())}


def clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(then: tuple[float, float], now: tuple[float, float]) -> tuple[float, float]:
    return now[0] - then[0], now[1] - then[1]


def rules(scene: Scene) -> Mapping[int, PartRules]:
    part = scene.cells[0].part
    low, high = (28, 55) if scene.parts[part].role == "bass" else (55, 84)
    return {part: PartRules(polyphony=1, low_pitch=low, high_pitch=high, min_notes=4, max_notes=8)}


def different(scene: Scene, number: int) -> Scene:
    """The same question with another tempo and key, so that its context is another."""
    key, tempo = number % 24, 60.0 + 20 * number
    return Scene(scene.task, scene.parts, scene.bars, scene.cells, key=key, tempo_bpm=tempo)


def tune() -> Scene:
    clip = melody(4, 0)
    return Scene("continue", (Part("lead", clip),), bars_of(clip, 0, 8), cells_of([0], range(4, 8)))


def bass() -> Scene:
    parts = (
        Part("drums", drums(8)),
        Part("bass", Clip((), 32.0)),
        Part("chords", chords(8)),
        Part("lead", melody(8, 1)),
    )
    return Scene("accompany", parts, bars_of(melody(8, 1), 0, 8), cells_of([1], range(8)))


def melody(bars: int, seed: int) -> Clip:
    rng = random.Random(seed)
    notes = tuple(Note(rng.choice(SCALE), step / 2, 0.5) for step in range(bars * 8))
    return Clip(notes, bars * 4.0)


def chords(bars: int) -> Clip:
    roots = (0, 5, 3, 4)
    notes = [
        Note(SCALE[(roots[bar % 4] + third) % 8] - 12, bar * 4.0, 4.0)
        for bar in range(bars)
        for third in (0, 2, 4)
    ]
    return Clip(tuple(notes), bars * 4.0)


def drums(bars: int) -> Clip:
    hats = [Note(42, step / 2, 0.25) for step in range(bars * 8)]
    beats = [Note(38 if beat % 2 else 36, float(beat), 0.25) for beat in range(bars * 4)]
    return Clip(tuple(sorted(hats + beats, key=lambda n: n.start_beats)), bars * 4.0, kind="drums")


def memory_mb() -> str:
    """The most this process has held so far, where the system tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "?"
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return str(int(line.split()[1]) // 1024)


if __name__ == "__main__":
    main()
