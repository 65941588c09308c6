# SPDX-License-Identifier: Apache-2.0
"""Engines for tests of the devices: one that gives every field of a note, one that takes time."""

import random
import time
from dataclasses import replace
from pathlib import Path

from models.clip import Note
from models.edit import continuation_frame
from models.engine import Answer, EngineInfo, Partial, Progress, Result
from models.wishes import WISHES


def info(name, *commands):
    return EngineInfo(name, f"Test engine {name}.", commands=commands, honours=tuple(WISHES))


class Mirror:
    """As many new notes as the source has, with values that only doubles can hold."""

    info = info("mirror", "continue")

    def load(self, device):
        pass

    def generate(self, request):
        source = request.clips[0]
        bar_beats = source.metre.bar_beats
        frame = continuation_frame(source, request.args["bars"] * bar_beats)
        count = len(source.notes)
        yield Progress(0.1)
        answers = []
        for take in range(request.takes):
            step = frame.length_beats / count
            notes = tuple(
                Note(
                    (i * 7 + take) % 128,
                    i * step,
                    step / 3,
                    1 + (i * 1.7) % 126,
                    i % 5 == 0,
                    1 / (1 + i % 7),
                    float(i % 255 - 127),
                    i % 128 + 0.0,
                    origin="new",
                )
                for i in range(count)
            )
            answers.append(Answer((frame.with_notes(notes),)))
        yield Partial(0, 0, 1, 0.0, frame.length_beats, answers[0].parts[0].notes[:100])
        yield Result(tuple(answers))


class Dice:
    """Notes by the seed; waits as long as the file lies there that the clip is named after."""

    info = info("dice", "continue")

    def load(self, device):
        pass

    def generate(self, request):
        source = request.clips[0]
        frame = continuation_frame(source, request.args["bars"] * source.metre.bar_beats)
        gate = Path(source.name)  # the test's own file
        yield Progress(0.2)
        opening = tuple(Note(pitch, pitch - 60.0, 0.5, origin="new") for pitch in (60, 61))
        yield Partial(0, 0, 2, 0.0, 4.0, opening)
        while gate.is_absolute() and gate.exists():
            time.sleep(0.01)
            yield Progress(0.3)
        answers = []
        for take in range(request.takes):
            rng = random.Random(request.seed * 16 + take)
            notes = tuple(
                Note(rng.randrange(36, 84), float(i), 0.5, origin="new")
                for i in range(int(frame.length_beats))
            )
            answers.append(Answer((frame.with_notes(notes),)))
        yield Result(tuple(answers))


class Sampler:
    """Serves what Mirror does not, with as many notes as the source has."""

    info = EngineInfo(
        "sampler",
        "Test engine sampler.",
        commands=("accompany", "harmonise", "infill", "vary", "groove", "interpolate"),
        roles=("bass", "chords", "counter", "drums"),
        honours=tuple(WISHES),
    )

    def load(self, device):
        pass

    def generate(self, request):
        yield Progress(0.1)
        source = request.clips[0]
        make = {"infill": _infill, "interpolate": _steps, "harmonise": _voices}
        edit = {"vary": _louder, "groove": _louder}
        if request.command in make:
            parts = make[request.command](request, source)
        elif request.command in edit:
            parts = (edit[request.command](source),)
        else:
            parts = (source.with_notes(_row(source, len(source.notes))),)
        yield Result((Answer(parts),) * request.takes)


def _row(frame, count, lowest=0, keys=128):
    """New notes one after another over the whole loop."""
    step = frame.loop_beats / count
    return tuple(
        Note(
            lowest + i % keys,
            frame.loop_start_beats + i * step,
            step / 2,
            1 + i % 127,
            probability=1 / 3,
            origin="new",
        )
        for i in range(count)
    )


def _infill(request, source):
    low, high = request.args["from_beats"], request.args["to_beats"]
    stay = [note for note in source.notes if not low <= note.start_beats < high]
    fresh = [note for note in _row(source, len(source.notes)) if low <= note.start_beats < high]
    fresh = [note for note in fresh if note.end_beats <= high]
    return (source.with_notes(sorted((*stay, *fresh), key=lambda note: note.start_beats)),)


def _steps(request, source):
    between = request.args["steps"] - 2
    middle = (source.with_notes(_row(source, len(source.notes), 10 * i)) for i in range(between))
    return (source, *middle, request.clips[1])


def _voices(request, source):
    """The given soprano and three more, on keys of their own."""
    names = ("Soprano", "Alto", "Tenor", "Bass")
    keys = (None, 98, 40, 0)
    return tuple(
        replace(
            source,
            notes=source.notes if low is None else _row(source, len(source.notes), low, 20),
            name=name,
        )
        for name, low in zip(names, keys, strict=True)
    )


def _louder(source):
    notes = (
        replace(note, velocity=(note.velocity * 1.5) % 126 + 1, origin="edited")
        for note in source.notes
    )
    return source.with_notes(notes)
