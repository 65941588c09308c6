# SPDX-License-Identifier: Apache-2.0
"""The engine musicgen with tiny weights at the real rate, stepped as the host steps it."""

import random
from dataclasses import replace

import numpy as np
import pytest
import tiny_musicgen as tiny

from bridge.core.prepare import find_command, prepare
from models.audio import files
from models.audio.clip import AudioClip
from models.clip import Clip, Note
from models.contract import stepped
from models.engine import AudioInput, AudioPartial, Progress, Request
from models.engines.musicgen.engine import MusicGenEngine
from models.errors import BadArgument, BadFile, OutOfMemory
from models.musicgen.store import COMPLETE
from models.registry import Listing
from models.theory.steps import finish

RATE = 32_000
CODEC = {"upsampling_ratios": [8, 5, 4, 4], "sampling_rate": RATE, "num_filters": 2}
SETTINGS = {param.name: param.default for param in MusicGenEngine.info.params}
TUNE = Clip((Note(60, 0.0, 1.0), Note(67, 1.0, 1.0)), 2.0)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with three tiny models under the names of published ones."""
    folder = tmp_path_factory.mktemp("models")
    for name, kind in (
        ("musicgen-small", {}),
        ("musicgen-melody", {"melody": True}),
        ("musicgen-stereo-medium", {"channels": 2}),
    ):
        place = folder / name
        tiny.save(place, tiny.build(seed=len(name), **kind, **CODEC))
        (place / COMPLETE).write_text("0")
    return folder


@pytest.fixture(scope="module")
def engine(models):
    made = MusicGenEngine(models)
    made.load("cpu")
    return made


@pytest.fixture(autouse=True)
def one_size_of_room(engine):
    """As if the machine had plenty of memory, unless a test says otherwise."""
    engine._holder._free = lambda device: 2**40
    engine._holder.device = "cpu"


def request(prompt="dusty rhodes", seconds=0.5, **changes):
    args = {"prompt": prompt, "bars": 1, "tempo_bpm": 120.0, **SETTINGS, "model": "musicgen-small"}
    args |= {name: changes.pop(name) for name in tuple(changes) if name in args}
    made = Request("audio", (), args, seed=7, length_samples=round(seconds * RATE))
    return replace(made, **changes)


def run(engine, asked):
    return list(engine.generate(asked))


def sound(events, take=0):
    place, parts = 0, []
    for event in events:
        if isinstance(event, AudioPartial) and event.take == take:
            assert event.start_samples == place
            place += event.samples.shape[1]
            parts.append(event.samples)
    return np.concatenate(parts, axis=1)


def same(one, other):
    return one.shape == other.shape and np.array_equal(one, other)


def test_sound_comes_in_pieces_and_is_long_enough(engine):
    events = run(engine, request(seconds=1.2))
    made = sound(events)
    assert made.dtype == np.float32
    assert made.shape == (2, 60 * 640)
    assert np.array_equal(made[0], made[1])  # a mono model on both sides
    assert made.std() > 1e-3
    sizes = [e.samples.shape[1] for e in events if isinstance(e, AudioPartial)]
    assert sizes[0] == 5 * 640
    assert len(sizes) >= 3
    fractions = [e.fraction for e in events if isinstance(e, Progress)]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1
    result = events[-1]
    assert len(result.answers) == 1
    assert result.stats["steps"] == 63
    assert result.stats["first_sound_ms"] > 0


def test_streamed_sound_is_that_of_all_tokens_at_once(engine):
    from models.engines.musicgen.asked import question
    from models.musicgen.model import whole

    asked = request(seconds=1.2)
    made = sound(run(engine, asked))
    model = engine._holder.model
    tokens = whole(model, finish(question(model, asked)).ask(asked.seed, 0, 1))
    wanted = model.codec.decode(tokens, 1)[0].numpy()
    assert np.abs(made[:1] - wanted).max() < 1e-5


def test_seeds_and_takes(engine):
    one, again = run(engine, request()), run(engine, request())
    assert same(sound(one), sound(again))
    assert not same(sound(one), sound(run(engine, request(seed=8))))
    three = run(engine, request(takes=3))
    assert len(three[-1].answers) == 3
    assert np.allclose(sound(three, 0), sound(one), atol=1e-5)
    assert not same(sound(three, 1), sound(three, 2))


def test_stereo_has_two_sides(engine):
    made = sound(run(engine, request(model="musicgen-stereo-medium")))
    assert made.shape[0] == 2
    assert not np.array_equal(made[0], made[1])


def test_no_words_at_all(engine):
    made = sound(run(engine, request(prompt="")))
    assert not same(made, sound(run(engine, request())))


def tail(seconds, seed=1):
    noise = np.random.default_rng(seed).normal(0, 0.2, (2, round(seconds * RATE)))
    return AudioInput("continue", AudioClip(noise.astype(np.float32), RATE))


@pytest.mark.parametrize("seconds", [0.9, 2.345, 14.0])
def test_going_on_from_a_sound(engine, seconds):
    """Only the new sound comes, as long as asked, and it depends on what was before."""
    asked = request(audio=(tail(seconds),))
    made = sound(run(engine, asked))
    assert made.shape == (2, 25 * 640)
    assert not same(made, sound(run(engine, request(audio=(tail(seconds, 2),)))))
    assert not same(made, sound(run(engine, request())))


def test_what_goes_on_follows_on_the_last_sample(engine):
    """The codec hears the end of the known sound first: the seam is what one pass would give."""
    from models.engines.musicgen.asked import question
    from models.musicgen.model import whole

    asked = request(audio=(tail(1.0),))
    made = sound(run(engine, asked))
    model = engine._holder.model
    tokens = whole(model, finish(question(model, asked)).ask(asked.seed, 0, 1))
    wanted = model.codec.decode(tokens, 1)[0, :, 50 * 640 :].numpy()
    assert np.abs(made[:1] - wanted).max() < 1e-5


def test_a_sound_too_short_to_go_on_from_is_left_out(engine):
    asked = request(audio=(tail(0.01),))
    assert same(sound(run(engine, asked)), sound(run(engine, request())))


def melody(*pitches):
    notes = tuple(Note(pitch, float(n), 1.0) for n, pitch in enumerate(pitches))
    return Clip(notes, float(len(pitches)))


def test_notes_lead_the_sound(engine):
    asked = request(model="musicgen-melody", clips=(melody(60, 64, 67, 72),), seconds=1.0)
    one = run(engine, asked)
    other = run(engine, replace(asked, clips=(melody(61, 66, 70, 59),)))
    assert not same(sound(one), sound(other))
    assert not any("melody" in words for words in one[-1].degraded)


def test_a_melody_may_be_sound(engine):
    time = np.arange(RATE) / RATE
    sines = [np.sin(2 * np.pi * hertz * time)[None].repeat(2, 0) for hertz in (261.6, 329.6)]
    made = []
    for wave in sines:
        given = AudioInput("melody", AudioClip(wave.astype(np.float32), RATE))
        made.append(sound(run(engine, request(model="musicgen-melody", audio=(given,)))))
    assert not same(*made)


def test_a_melody_and_a_sound_to_go_on_from(engine):
    asked = request(model="musicgen-melody", clips=(TUNE,), audio=(tail(1.0),))
    assert sound(run(engine, asked)).shape == (2, 25 * 640)


def test_the_right_model_is_chosen_for_a_melody(engine):
    run(engine, request(model="", clips=(TUNE,)))
    assert engine._holder.model.config.network.melody
    run(engine, request(model=""))
    assert not engine._holder.model.config.network.melody


def test_a_model_that_follows_no_melody_says_so(engine):
    result = run(engine, request(clips=(TUNE,)))[-1]
    assert any("musicgen-melody" in words for words in result.degraded)
    with pytest.raises(BadArgument, match="musicgen-melody"):
        run(engine, request(prompt=" ", clips=(TUNE,)))


def test_stopping_leaves_the_model_ready(engine):
    wanted = sound(run(engine, request()))
    events = engine.generate(request(seed=99, seconds=2.0))
    for event in events:
        if isinstance(event, AudioPartial):
            break
    events.close()
    assert same(sound(run(engine, request())), wanted)


def test_it_can_be_stopped_while_it_listens(engine):
    """Twelve seconds are heard and taken in bit by bit, and nothing of them stays behind."""
    wanted = sound(run(engine, request()))
    asked = request(audio=(tail(12.0),))
    signs = 0
    for event in engine.generate(asked):
        if isinstance(event, AudioPartial):
            break
        signs += getattr(event, "stage", "") == "listening"
    assert signs >= 12 * 50 / 25
    for place in (1, signs // 2):
        events = engine.generate(asked)
        heard = 0
        while heard < place:
            heard += next(events).stage == "listening"
        events.close()
        assert same(sound(run(engine, request())), wanted)


def test_what_is_known_is_taken_in_by_stretches(engine):
    from models.engines.musicgen.asked import question
    from models.musicgen.decoding import EAGER_PREFILL

    asked = request(audio=(tail(12.0),))
    run(engine, request())
    model = engine._holder.model
    piece, steps = model.begin(finish(question(model, asked)).ask(asked.seed, 0, 1))
    before = 0
    for _ in steps:
        if piece.drawn:
            break
        before += 1
    stretches = -(-12 * 50 // EAGER_PREFILL)
    assert before == stretches * model.config.network.layers


def room_for(engine, rung_fits):
    """As if only some rungs had room."""
    engine._holder.has_room = lambda rung, seconds: rung_fits(rung)


@pytest.fixture
def cramped(engine):
    yield engine
    del engine._holder.has_room


def test_fewer_takes_at_once_where_memory_lacks(cramped):
    wanted = [sound(run(cramped, request(takes=4)), take) for take in range(4)]
    room_for(cramped, lambda rung: rung.batch <= 2)
    events = run(cramped, request(takes=4))
    assert any("2 of 4 takes at once" in words for words in events[-1].degraded)
    for take in range(4):
        assert np.allclose(sound(events, take), wanted[take], atol=1e-5)


def test_a_smaller_model_where_memory_lacks(cramped):
    room_for(cramped, lambda rung: rung.model.endswith("small"))
    result = run(cramped, request(model="musicgen-stereo-medium"))[-1]
    assert "musicgen-small instead of musicgen-stereo-medium" in result.degraded


def test_nothing_fits(cramped):
    room_for(cramped, lambda rung: False)
    with pytest.raises(OutOfMemory, match="fewer takes"):
        run(cramped, request())
    room_for(cramped, lambda rung: True)
    assert sound(run(cramped, request())).std() > 1e-3


def test_running_out_while_reading_takes_the_next_step(engine, monkeypatch):
    """What the foresight missed: memory ends where tensors are made."""
    import torch

    from models.musicgen import decoding

    real, made = decoding.empty_cache, []

    def scarce(weights, streams, slots):
        made.append(streams)
        if streams > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(weights, streams, slots)

    monkeypatch.setattr(decoding, "empty_cache", scarce)
    result = run(engine, request(takes=2))[-1]
    assert made[0] == 4
    assert any("1 of 2 takes" in words for words in result.degraded)


def test_running_out_after_sound_went_out_is_told(engine, monkeypatch):
    import torch

    from models.musicgen.streaming_codec import StreamingDecoder

    real, calls = StreamingDecoder.push, []

    def scarce(self, tokens, last=False):
        calls.append(1)
        if len(calls) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(self, tokens, last)

    monkeypatch.setattr(StreamingDecoder, "push", scarce)
    with pytest.raises(OutOfMemory):
        run(engine, request(seconds=2.0))
    monkeypatch.undo()
    assert sound(run(engine, request())).std() > 1e-3


def test_room_is_foreseen_before_anything_is_read(engine):
    from models.musicgen.memory import SPARE_BYTES, Rung

    holder = engine._holder
    rung = Rung(str(holder.folder / "musicgen-small"), "cpu", "float32", 1)
    assert holder.has_room(rung, 8.0)
    holder._free = lambda device: 200 << 20
    assert not holder.has_room(rung, 8.0)
    holder._free = lambda device: 2**40
    run(engine, request(seconds=8.0))
    # Too little for all of it, enough for what is not there yet.
    holder._free = lambda device: SPARE_BYTES["cpu"] + 800_000
    assert holder.has_room(rung, 8.0)
    holder.drop()
    assert not holder.has_room(rung, 8.0)
    holder._free = lambda device: None
    assert holder.has_room(rung, 8.0)


def test_models_that_are_not_here_or_broken(engine, models, tmp_path):
    with pytest.raises(BadArgument, match="nextbar models fetch musicgen-large"):
        run(engine, request(model="musicgen-large"))
    with pytest.raises(BadArgument, match="There is no model"):
        run(engine, request(model="../secrets"))
    half = tmp_path / "half"
    tiny.save(half, tiny.build(**CODEC))
    weights = half / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(BadFile, match="cut short"):
        run(engine, request(model=str(half)))
    weights.unlink()
    with pytest.raises(BadFile, match=r"no model\.safetensors"):
        run(engine, request(model=str(half)))
    other = tiny.save(tmp_path / "slow", tiny.build())  # a codec of 800 Hz
    with pytest.raises(BadFile, match="800 Hz"):
        run(engine, request(model=str(other)))
    assert sound(run(engine, request())).std() > 1e-3


def test_devices(models):
    made = MusicGenEngine(models)
    made.load("auto")
    assert made._holder.device in {"cpu", "cuda", "mps"}
    if made._holder.device == "cpu":
        with pytest.raises(BadArgument, match="no cuda"):
            MusicGenEngine(models).load("cuda")


def test_it_is_absent_until_a_model_was_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path))
    reason, line = MusicGenEngine.absent()
    assert "model" in reason
    assert line == "nextbar models fetch musicgen-small"
    place = tmp_path / "models" / "musicgen-small"
    place.mkdir(parents=True)
    (place / COMPLETE).write_text("0")
    assert MusicGenEngine.absent() is None


def test_a_file_of_exact_length_through_the_host(engine, tmp_path):
    listing = Listing(engine.info, "x:Y")
    given = {"prompt": "dusty rhodes", "bars": 1, "tempo_bpm": 173, "model": "musicgen-small"}
    rng = random.Random(1)
    asked = prepare(find_command("audio"), (), given, engines=[listing], rng=rng).request
    events = list(stepped(engine, asked, str(tmp_path)))
    file = events[-1].answers[0].file
    assert file.length_samples == round(44_100 * 4 * 60 / 173)
    assert files.facts(file.path).length_samples == file.length_samples
    assert "CC-BY-NC-4.0" in file.licence
