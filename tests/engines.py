# SPDX-License-Identifier: Apache-2.0
"""Engines that misbehave on purpose, under the same contract as the real ones.

A worker finds them as `engines:Crash` when `tests/` is on its path.
"""

import os
import time

from models.clip import Clip, Note
from models.contract import TRIO
from models.edit import continuation_frame
from models.engine import Answer, EngineInfo, Partial, Progress, Result
from models.notation import metre_of


def info(name):
    return EngineInfo(name, f"Test engine {name}.", commands=("continue", "vary"))


def one_note(request):
    frame = continuation_frame(request.clips[0], request.args["bars"] * 4.0)
    return frame.with_notes([Note(60, 0.0, 1.0, origin="new")])


class Slow:
    """Takes about a second, yields often, and can be cancelled between two yields."""

    info = info("slow")

    def load(self, device):
        pass

    def generate(self, request):
        answer = one_note(request)
        for step in range(100):
            time.sleep(0.01)
            yield Progress(step / 100)
        yield Partial(0, 0, 1, 0.0, answer.length_beats, answer.notes)
        yield Result((Answer((answer,)),))


class Deaf(Slow):
    """Never yields again, so that only a kill can stop it."""

    info = info("deaf")

    def generate(self, request):
        yield Progress(0.1)
        while True:
            time.sleep(0.05)


class Crash(Slow):
    """Its process ends in the middle of the job."""

    info = info("crash")

    def generate(self, request):
        yield Progress(0.1)
        os._exit(7)


class Raises(Slow):
    """A bug."""

    info = info("raises")

    def generate(self, request):
        yield Progress(0.1)
        raise ZeroDivisionError("test")


class Hungry(Slow):
    """Wants more memory than it may have."""

    info = info("hungry")

    def generate(self, request):
        yield Progress(0.1)
        block = bytearray(8 << 30)
        yield Result((Answer((one_note(request).with_notes([Note(block[0], 0, 1)]),)),))


class Liar(Slow):
    """Breaks the note contract: it passes off the source's notes as new bars."""

    info = info("liar")

    def generate(self, request):
        yield Result((Answer((request.clips[0],)),))


class Silent(Slow):
    """Ends without a result."""

    info = info("silent")

    def generate(self, request):
        yield Progress(0.5)


class Quick(Slow):
    """One note, at once."""

    info = info("quick")

    def generate(self, request):
        answer = one_note(request)
        yield Progress(0.5)
        yield Result((Answer((answer,)),) * request.takes, stats={"pid": os.getpid()})


class Author:
    """A note in each part of what is written from nothing."""

    info = EngineInfo("author", "Test engine author.", commands=("generate", "harmonise"))

    def load(self, device):
        pass

    def generate(self, request):
        names = ("Soprano", "Alto", "Tenor", "Bass")
        if request.command == "generate":
            role = request.args["role"]
            names = TRIO if role == "trio" else (role,)
        metre = metre_of(request.args["metre"])
        length_beats = metre.bar_beats * request.args["bars"]
        parts = tuple(
            Clip(
                (Note(36 + 7 * index, 0.0, 1.0, origin="new"),),
                length_beats,
                metre=metre,
                tempo_bpm=request.args["tempo_bpm"],
                name=name,
                kind="drums" if name == "drums" else "melodic",
            )
            for index, name in enumerate(names)
        )
        for index, part in enumerate(parts):
            yield Partial(0, 0, 1, 0.0, length_beats, part.notes, index)
        yield Result((Answer(parts),) * request.takes)
