# SPDX-License-Identifier: Apache-2.0
"""Random requests to the engine drums: locked lanes are identical, no note is off the kit.

    python bench/drum_requests.py [--weights FILE] [--requests 10000] [--write docs]

Every request has its own clip, metre, length, pads, locks and settings. Each answer is also held
to the contract that the daemon holds every engine to.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median

from charts.pages import publish, table

from models.clip import Clip, Note
from models.contract import conclude
from models.engine import Engine, Request, Result
from models.engines.drums.engine import Drums
from models.errors import BadClip, EngineFault
from models.metre import Metre
from models.percussion.lanes import read_kit

PAGE = "quality-drums.md"
METRES = (Metre(), Metre(), Metre(3, 4), Metre(6, 8), Metre(7, 8), Metre(5, 4), Metre(12, 8))
PADS = (35, 36, 37, 38, 39, 40, 42, 44, 46, 41, 43, 45, 47, 48, 50, 49, 51, 54, 56, 63)
NAMES = {36: "Kick", 38: "Snare", 42: "Closed Hat", 46: "Open Hat", 50: "Hi Tom", 63: "Conga"}
GENERAL = (36, 38, 42, 46, 43, 47, 50, 49, 51)  # what is written where a clip has no pads


def asked(rng: Random) -> Request:
    """A random request."""
    command = rng.choice(("vary", "vary", "vary", "drumify", "interpolate"))
    clip = _clip(rng)
    if command == "drumify" and rng.random() < 0.5:
        clip = replace(clip, kind="melodic", pads=())
    clips = (clip, _clip(rng, clip.metre)) if command == "interpolate" else (clip,)
    pads = sorted({note.pitch for note in clip.notes})
    ids = [note.id for note in clip.notes if note.id is not None]
    args = {
        "amount": rng.choice((0.1, 0.5, 1.0, rng.random())),
        "density": rng.choice((1.0, rng.uniform(0.25, 4))),
        "syncopation": rng.choice((0.0, rng.uniform(-1, 1))),
        "loudness": rng.choice((0.0, rng.uniform(-1, 1))),
        "fill": rng.random() < 0.3,
        "adventure": rng.random(),
        "space": "",
        "steps": rng.randint(2, 6),
        "lock": tuple(p for p in pads if rng.random() < 0.3),
        "lock_ids": tuple(i for i in ids if rng.random() < 0.1),
    }
    return Request(command, clips, args, rng.randrange(2**31), rng.choice((1, 1, 1, 3)))


def _clip(rng: Random, metre: Metre | None = None) -> Clip:
    """A random drum clip: a kit of 1 to 8 pads, hits on and off the grid."""
    metre = metre or rng.choice(METRES)
    bars = rng.choice((1, 1, 2, 2, 3, 4))
    length = bars * metre.bar_beats
    pads = rng.sample(PADS, rng.randint(1, 8))
    step = rng.choice((0.25, 0.25, 0.5, 1 / 3, 1 / 6))
    played = rng.random() < 0.5
    notes = []
    for number in range(int(length / step)):
        for pad in pads:
            if rng.random() < 0.25:
                late = rng.gauss(0, 0.02) if played else 0.0
                onset = max(0.0, number * step + late)
                mute = rng.random() < 0.03
                loud = float(rng.randint(1, 127))
                notes.append(Note(pad, onset, rng.choice((0.1, 0.25, 1.0)), loud, mute))
    start = rng.choice((0.0, 0.0, metre.bar_beats if bars > 1 else 0.0))
    named = tuple((p, n) for p, n in NAMES.items() if p in pads or rng.random() < 0.3)
    return Clip(
        tuple(replace(note, id=number + 1) for number, note in enumerate(notes)),
        length,
        loop_start_beats=start,
        metre=metre,
        kind="drums",
        pads=named if rng.random() < 0.3 else (),
    )


def faults_of(engine: Engine, request: Request) -> Iterator[str]:
    """What is wrong with the answers to a request; a clear refusal is none."""
    try:
        *_, last = engine.generate(request)
        assert isinstance(last, Result)
        result = conclude(request, last, engine.info)
    except BadClip:
        return
    except EngineFault as fault:
        yield f"contract: {fault.message}"
        return
    allowed = _allowed(request)
    for answer in result.answers:
        for part in answer.parts:
            if not {note.pitch for note in part.notes} <= allowed:
                yield "a note off the kit"
        if request.command == "vary" and _locked(request, answer.parts[0]) != _locked(
            request, request.clips[0]
        ):
            yield "a locked lane changed"


def _allowed(request: Request) -> set[int]:
    """The pads of the clips and their maps, and what a kit may be completed with."""
    found = {note.pitch for clip in request.clips if clip.kind == "drums" for note in clip.notes}
    found |= {pitch for clip in request.clips for pitch, _ in clip.pads}
    if request.command == "drumify" and not request.clips[0].pads:
        found |= {*GENERAL, *read_kit(Clip((), 4.0, kind="drums")).lanes}
    return found


def _locked(request: Request, clip: Clip) -> tuple[list[Note], list[Note]]:
    """The notes on locked pads, all of them, and those that are locked by their ids."""
    args = request.args
    lanes = [note for note in clip.notes if note.pitch in args["lock"]]
    return lanes, [note for note in clip.notes if note.id in args["lock_ids"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--weights", type=Path, help="a weight file; the shipped one by default")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--write", type=Path, help="folder of the page")
    options = parser.parse_args()
    engine, rng = Drums(options.weights), Random(1)
    faults: Counter[str] = Counter()
    commands: Counter[str] = Counter()
    for _ in range(options.requests):
        request = asked(rng)
        commands[request.command] += 1
        faults.update(set(faults_of(engine, request)))
    kinds = {"a locked lane changed", "a note off the kit", *faults}
    rows = [(f"requests of {options.requests} with {kind}", str(faults[kind])) for kind in kinds]
    rows += [(f"one two-bar variation, ms ({n} takes)", _ms(engine, n)) for n in (1, 8)]
    text = table(("what", "measured"), sorted(rows))
    publish([("requests", text)], options.write and options.write / PAGE)
    sys.stdout.write(f"{dict(commands)}\n")
    return 1 if faults else 0


def _ms(engine: Engine, takes: int) -> str:
    """Median time of processor from request to result, warm."""
    rng = Random(2)
    taken = []
    for _ in range(15):
        clip = _clip(rng, Metre())
        clip = replace(clip, length_beats=8.0, loop_start_beats=0.0, loop_end_beats=8.0)
        request = replace(asked(rng), command="vary", clips=(clip,), takes=takes)
        args = {**request.args, "lock": (), "lock_ids": (), "fill": False}
        start = time.process_time()
        list(engine.generate(replace(request, args=args)))
        taken.append(1000 * (time.process_time() - start))
    return f"{median(taken[3:]):.0f}"


if __name__ == "__main__":
    sys.exit(main())
