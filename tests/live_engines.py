# SPDX-License-Identifier: Apache-2.0
"""Engines for tests of the devices: one that gives every field of a note, one that takes time."""

import random
import time
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
