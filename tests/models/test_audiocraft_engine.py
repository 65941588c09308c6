# SPDX-License-Identifier: Apache-2.0
"""The engine audiocraft: with the package's own tiny model where it is installed."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_musicgen as tiny

from models.audio.clip import AudioClip
from models.clip import Clip, Note
from models.engine import AudioInput, Progress, Request
from models.engines.audiocraft.aside import aside
from models.engines.audiocraft.engine import Audiocraft

RATE = 32_000
SETTINGS = {param.name: param.default for param in Audiocraft.info.params}


def finish(steps):
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return seen, end.value


def test_work_aside_tells_how_far_it_is():
    import threading

    heard = threading.Event()

    def work(watch):
        watch(1, 4)
        assert heard.wait(5)
        watch(4, 4)
        return "done"

    steps = aside(work)
    while next(steps) < 0.25:
        pass
    heard.set()
    seen, result = finish(steps)
    assert result == "done"
    assert seen == sorted(seen)


def test_work_aside_is_stopped_at_its_next_sign():
    import threading

    ended, begun = threading.Event(), threading.Event()

    def work(watch):
        try:
            while True:
                begun.set()
                watch(0, 1)
        finally:
            ended.set()

    steps = aside(work)
    next(steps)
    assert begun.wait(5)
    steps.close()
    assert ended.wait(5)


def test_what_goes_wrong_aside_is_told():
    def work(watch):
        raise OSError("no such model")

    with pytest.raises(OSError, match="no such model"):
        finish(aside(work))


@pytest.fixture(scope="module")
def engine():
    import neural

    neural.need_torch()
    from models.engines.audiocraft.package import stand_in

    stand_in()
    pytest.importorskip("audiocraft")
    import spacy

    spacy.load = lambda name, **settings: spacy.blank("en")
    made = Audiocraft()
    made.load("cpu")
    return made


def request(prompt="dusty rhodes", **changes):
    args = {"prompt": prompt, "tempo_bpm": 120.0, **SETTINGS, "model": "debug"}
    return replace(Request("audio", (), args, seed=3, length_samples=RATE // 2 + 100), **changes)


def sound(engine, asked):
    events = list(engine.generate(asked))
    assert all(isinstance(event, Progress) for event in events[:-1])
    return [answer.audio.samples for answer in events[-1].answers]


def test_text(engine):
    first, second = sound(engine, request(takes=2))
    assert first.dtype == np.float32
    assert first.shape[0] == 2
    assert first.shape[1] >= RATE // 2 + 100
    assert not np.array_equal(first, second)
    assert np.array_equal(first, sound(engine, request())[0])
    assert not np.array_equal(first, sound(engine, request(seed=4))[0])
    assert sound(engine, request(prompt=""))[0].shape == first.shape


def test_a_model_that_is_not_there(engine, tmp_path):
    from models.errors import BadFile

    nowhere = str(tmp_path / "none")
    with pytest.raises(BadFile, match="can't load"):
        list(engine.generate(request(args={**request().args, "model": nowhere})))


def test_without_the_package(monkeypatch):
    import sys

    import neural

    neural.need_torch()
    from models.errors import NotInstalled

    for name in ("audiocraft", "audiocraft.models"):
        monkeypatch.setitem(sys.modules, name, None)
    made = Audiocraft()
    made.load("cpu")
    with pytest.raises(NotInstalled, match=r"musicgen\.md"):
        list(made.generate(request()))


def test_continuation_gives_the_new_sound_alone(engine):
    noise = np.random.default_rng(1).normal(0, 0.2, (2, 20_000)).astype(np.float32)
    tail = AudioInput("continue", AudioClip(noise, RATE))
    made = sound(engine, request(audio=(tail,)))[0]
    assert RATE // 2 + 100 <= made.shape[1] < RATE // 2 + 100 + 1280  # a frame of its tiny codec


def test_notes_are_sung_for_models_that_hear():
    tiny.need()
    import torch

    from models.engines.audiocraft.engine import _sung
    from models.musicgen.chroma import of_audio

    tune = Clip((Note(57, 0.0, 2.0), Note(64, 2.0, 2.0)), 4.0)
    asked = request(clips=(tune,), length_samples=2 * RATE)
    frames = of_audio(_sung(asked)[0]).argmax(-1).tolist()
    assert frames[2] == 57 % 12
    assert frames[12] == 64 % 12
    assert torch.isfinite(_sung(asked)).all()
