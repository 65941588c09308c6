# SPDX-License-Identifier: Apache-2.0
"""Engines that make sound, ours and ones that misbehave, as the host steps them."""

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from clips import clips
from hypothesis import HealthCheck, example, given, settings

from bridge.core.prepare import find_command, prepare
from models import examples
from models.audio import files
from models.audio.clip import AudioClip
from models.audio.host import TRIES, sounding
from models.audio.loudness import loudness_lufs
from models.audio.plan import asked_of, plan_of
from models.clip import Clip, Note
from models.contract import conclude, stepped
from models.engine import (
    Answer,
    AudioAbility,
    AudioPartial,
    EngineInfo,
    Progress,
    Request,
    Result,
)
from models.engines.tonebank.engine import Tonebank
from models.errors import BadArgument, BadClip, BadFile, EngineFault, NoEngine, NotInstalled
from models.metre import Metre
from models.registry import Listing
from models.wire import event_from_data, event_to_data

RATE = 8_000  # of the test engine


class Tone:
    """A sine, in chunks or whole; `made` says how each call departs from it."""

    info = EngineInfo(
        "tone",
        "A sine.",
        commands=("audio",),
        needs_clips=False,
        audio=AudioAbility(RATE, delivery="frames", inputs=("continue",), max_input_seconds=5.0),
        weights_licence="CC-BY-NC-4.0",
        commercial_use=False,
    )

    def __init__(self, made=lambda samples, request: samples, *, whole=False, chunk=640):
        self.made, self.whole, self.chunk = made, whole, chunk
        self.requests = []

    def load(self, device):
        pass

    def generate(self, request):
        self.requests.append(request)
        times = np.arange(request.length_samples) / RATE
        wave = 0.3 * np.sin(2 * np.pi * 441.3 * times)[None].astype(np.float32)
        answers = []
        for take in range(request.takes):
            samples = self.made(wave, request)
            answers.append(Answer(audio=AudioClip(samples, RATE) if self.whole else None))
            for start in range(0, 0 if self.whole else samples.shape[1], self.chunk):
                yield AudioPartial(take, start, samples[:, start : start + self.chunk])
                yield Progress(start / samples.shape[1])
        yield Result(tuple(answers))


def request_of(engine, *clips, **given):
    listing = Listing(engine.info, "x:Y")
    given = {"prompt": "rain", "bars": 1, "tempo_bpm": 120, **given}
    rng = random.Random(1)
    return prepare(find_command("audio"), clips, given, engines=[listing], rng=rng).request


def ask(engine, folder, *clips, **given):
    request = request_of(engine, *clips, **given)
    events = list(stepped(engine, request, str(folder)))
    return [*events[:-1], conclude(request, events[-1], engine.info)]


def streamed(events, take=0):
    partials = [e for e in events if isinstance(e, AudioPartial) and e.take == take]
    place = 0
    for partial in partials:
        assert partial.start_samples == place
        place += partial.samples.shape[1]
    return np.concatenate([partial.samples for partial in partials], axis=1)


@pytest.mark.parametrize("metre", ["3/4", "4/4", "7/8"])
@pytest.mark.parametrize("tempo", [60, 92, 93.7, 128, 174.3, 200])
def test_files_are_exactly_as_long_as_the_bars(tmp_path, metre, tempo):
    given = {"metre": metre, "tempo_bpm": tempo, "bars": 3, "sample_rate_hz": 44_100}
    events = ask(Tone(), tmp_path, **given)
    over, under = map(int, metre.split("/"))
    exact = Fraction(3 * over * 4 * 60, under) / Fraction(str(tempo)) * 44_100
    file = events[-1].answers[0].file
    assert abs(file.length_samples - exact) <= Fraction(1, 2)
    assert files.facts(file.path).length_samples == file.length_samples
    assert streamed(events).shape == (1, file.length_samples)


@pytest.mark.parametrize("engine", [Tone(), Tone(chunk=160), Tone(whole=True)])
def test_fine_coarse_and_whole_engines_are_streamed_alike(tmp_path, engine):
    events = ask(engine, tmp_path, takes=2)
    usual = ask(Tone(), tmp_path)
    assert np.array_equal(streamed(events, 1), streamed(usual))
    assert {e.sample_rate_hz for e in events if isinstance(e, AudioPartial)} == {44_100}
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert 0 <= min(fractions) <= max(fractions) <= 1


def test_what_is_told_of_a_take(tmp_path):
    result = ask(Tone(), tmp_path, prompt="a  sine", metre="3/4")[-1]
    file = result.answers[0].file
    assert (file.bars, file.metre, file.tempo_bpm, file.name) == (1, "3/4", 120.0, "a sine")
    assert file.licence == "CC-BY-NC-4.0: no commercial use"
    assert file.peak_db == pytest.approx(files_peak(file), abs=0.01)
    assert file.peak_db <= -0.99
    assert event_from_data(event_to_data(result)) == result


@pytest.mark.parametrize("gain", [0.02, 0.5])
def test_a_take_is_as_loud_as_the_page_says(tmp_path, gain):
    """-16 LUFS, measured in the file itself; the engine's own level does not matter."""
    quiet = Tone(lambda samples, request: samples * gain)
    file = ask(quiet, tmp_path)[-1].answers[0].file
    assert loudness_lufs(files.read(file.path)) == pytest.approx(-16, abs=0.1)
    assert file.loudness_lufs == pytest.approx(-16, abs=0.1)


def files_peak(file):
    return 20 * np.log10(np.abs(files.read(file.path).samples).max())


def test_sound_survives_the_wire():
    samples = np.arange(6, dtype=np.float32).reshape(2, 3)
    there = event_to_data(AudioPartial(1, 7, samples, 44_100))
    back = event_from_data(there)
    assert np.array_equal(back.samples, samples)
    assert (back.take, back.start_samples, back.sample_rate_hz) == (1, 7, 44_100)
    assert np.frombuffer(there["pcm"], "<f4").tolist() == [0, 3, 1, 4, 2, 5]


def test_a_loop_has_a_seam_and_what_goes_on_has_none(tmp_path):
    loop = files.read(ask(Tone(), tmp_path, prompt="x")[-1].answers[0].file.path).samples[0]
    twice = np.abs(np.diff(np.concatenate([loop, loop]), 2))
    inside, seam = twice[5_000:9_000].max(), twice[loop.size - 4 : loop.size + 4].max()
    assert seam < 1.5 * inside
    cut = files.read(ask(Tone(), tmp_path, seam=False)[-1].answers[0].file.path).samples[0]
    assert abs(cut[0]) < 1e-3
    assert abs(cut[-1]) < 1e-3


def test_the_tempo_is_told_once(tmp_path):
    engine = Tone()
    ask(engine, tmp_path, prompt="house, 120 bpm", tempo_bpm=124)
    assert engine.requests[0].args["prompt"] == "house bpm: 124."


def test_a_sound_to_go_on_from_is_its_last_whole_bars(tmp_path):
    rate = 44_100
    beats = np.repeat(np.arange(1, 14) / 16, rate // 2).astype(np.float32)  # 3 bars and a beat
    files.write(tmp_path / "in.wav", beats[None], rate)
    engine = Tone()
    given = {"continue_file": str(tmp_path / "in.wav"), "tempo_bpm": 120}
    ask(engine, tmp_path, **given)
    (sound,) = engine.requests[0].audio
    assert sound.role == "continue"
    assert sound.clip.samples.shape == (1, 2 * 2 * RATE)  # two bars of the five seconds
    levels = sound.clip.samples[0, RATE // 4 :: RATE // 2]
    assert np.abs(levels - np.arange(5, 13) / 16).max() < 0.01
    assert engine.requests[0].length_samples < 2 * RATE + 20, "no seam was asked for"


@pytest.mark.parametrize("tempo", [95.9, 96.0, 96.1])
def test_no_more_is_heard_than_an_engine_takes(tmp_path, tempo):
    """Two bars at 95.9 are a little longer than its five seconds, but not by a hundredth of one."""
    files.write(tmp_path / "in.wav", np.full((1, 21 * 44_100), 0.5, np.float32), 44_100)
    engine = Tone()
    ask(engine, tmp_path, continue_file=str(tmp_path / "in.wav"), tempo_bpm=tempo)
    heard = engine.requests[0].audio[0].clip
    assert heard.seconds <= engine.info.audio.max_input_seconds
    bar_s = 240 / tempo
    assert heard.seconds == pytest.approx(bar_s * (2 if tempo >= 96 else 1), abs=1e-3)


def test_a_sound_shorter_than_a_bar_is_heard_whole(tmp_path):
    files.write(tmp_path / "in.wav", np.full((2, 4_410), 0.5, np.float32), 44_100)
    engine = Tone()
    ask(engine, tmp_path, continue_file=str(tmp_path / "in.wav"))
    assert engine.requests[0].audio[0].clip.length_samples == 800


def test_silence_is_made_again_with_another_seed(tmp_path):
    first = request_of(Tone()).seed

    def made(samples, request):
        return samples * (request.seed != first)

    engine = Tone(made)
    result = ask(engine, tmp_path, takes=2)[-1]
    assert [len(engine.requests), result.answers[0].file.peak_db > -20] == [3, True]
    assert sum("is silent: made again" in told for told in result.degraded) == 2
    seeds = [request.seed for request in engine.requests]
    again = Tone(made)
    ask(again, tmp_path, takes=2)
    assert [request.seed for request in again.requests] == seeds, "a replay would differ"


def test_silence_at_every_seed_is_told(tmp_path):
    engine = Tone(lambda samples, request: samples * 0)
    with pytest.raises(EngineFault, match="nothing but silence"):
        ask(engine, tmp_path / "drafts")
    assert len(engine.requests) == TRIES
    assert not (tmp_path / "drafts").exists()

    def dying(samples, request):
        return samples * (np.arange(samples.shape[1]) < samples.shape[1] // 4)

    result = ask(Tone(dying), tmp_path)[-1]
    assert f"take 1 falls silent half-way, with {TRIES} seeds" in result.degraded


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda samples, request: samples[:, :-400], "less than was asked"),
        (lambda samples, request: samples[:, :-100], "less than was asked"),  # no whole seam
        (lambda samples, request: samples * np.nan, "no sound"),
        (lambda samples, request: np.repeat(samples, 2, axis=0), "shape"),
    ],
)
def test_engines_that_break_the_contract_are_refused(tmp_path, made, message):
    engine = Tone(made, whole=True)
    with pytest.raises(EngineFault, match=message):
        list(sounding(engine, request_of(engine), tmp_path / "drafts"))
    assert not (tmp_path / "drafts").exists()


def test_sound_at_another_rate_than_the_engine_has_is_refused(tmp_path):
    class Faster(Tone):
        def generate(self, request):
            samples = np.full((1, 2 * request.length_samples), 0.1, np.float32)
            if not self.whole:
                yield AudioPartial(0, 0, samples, 2 * RATE)
            yield Result((Answer(audio=AudioClip(samples, 2 * RATE)),))

    for whole in (True, False):
        with pytest.raises(EngineFault, match="16000 Hz"):
            ask(Faster(whole=whole), tmp_path)


def test_gaps_are_refused(tmp_path):
    class Gap(Tone):
        def generate(self, request):
            yield AudioPartial(0, 0, np.zeros((1, 10), np.float32))
            yield AudioPartial(0, 11, np.zeros((1, 10), np.float32))

    with pytest.raises(EngineFault, match="from sample 10 to 11"):
        ask(Gap(), tmp_path)


def test_nothing_is_left_when_it_is_stopped(tmp_path):
    for steps in (1, 5, 40):
        events = stepped(Tone(), request_of(Tone(), takes=3), str(tmp_path / "drafts"))
        for _ in zip(range(steps), events, strict=False):
            pass
        events.close()
        assert not (tmp_path / "drafts").exists()
    drafts = tmp_path / "drafts"
    events = stepped(Tone(), request_of(Tone(), takes=3), str(drafts))
    for _ in events:
        if drafts.exists() and any(drafts.glob("*.wav")):
            break
    else:
        raise AssertionError("nothing was written before the end")
    events.close()
    assert not drafts.exists()


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    """A program may have named any folder for the drafts."""
    (tmp_path / "song.wav").write_text("mine")
    request = request_of(Tone(), takes=3)
    total = len(list(stepped(Tone(), request, str(tmp_path / "drafts"))))
    for steps in range(total - 4, total):
        events = stepped(Tone(), request, str(tmp_path))
        for _ in range(steps):
            next(events)
        events.close()
        assert [path.name for path in tmp_path.glob("*.wav")] == ["song.wav"]


def test_sound_without_a_folder_for_its_files_is_refused():
    with pytest.raises(BadArgument, match="folder"):
        stepped(Tone(), request_of(Tone()), "")


def test_a_full_disk_is_told(tmp_path):
    (tmp_path / "drafts").write_text("in the way")
    with pytest.raises(BadFile):
        ask(Tone(), tmp_path / "drafts")


@pytest.mark.parametrize(
    ("given", "error", "where"),
    [
        ({"prompt": " "}, BadArgument, "prompt"),
        ({"bars": 0}, BadArgument, "bars"),
        ({"bars": 1000}, BadArgument, "bars"),
        ({"tempo_bpm": 20, "bars": 64}, BadArgument, "bars"),
        ({"sample_rate_hz": 1}, BadArgument, "sample_rate_hz"),
        ({"continue_file": "here.wav"}, BadArgument, "continue_file"),
        ({"continue_file": "/no/such.wav"}, BadFile, "continue_file"),
        ({"melody_file": "/no/such.wav"}, NoEngine, "engine"),
    ],
)
def test_bad_requests_are_refused_before_they_run(given, error, where):
    with pytest.raises(error) as caught:
        request_of(Tone(), **given)
    assert caught.value.where == where


def test_where_the_tempo_comes_from(tmp_path):
    (tmp_path / "riff_87bpm.wav").touch()
    (tmp_path / "riff.wav").touch()

    def tempo(*clips, **given):
        return request_of(Tone(), *clips, **{"tempo_bpm": None, **given}).args["tempo_bpm"]

    clip = Clip((Note(60, 0, 1),), 4, tempo_bpm=101)
    assert tempo(prompt="rain at 92 bpm") == 92
    assert tempo(clip, prompt="rain at 92 bpm") == 101
    assert tempo(prompt="rain at 92 bpm", tempo_bpm=95) == 95
    assert tempo(continue_file=str(tmp_path / "riff_87bpm.wav")) == 87
    assert tempo() == 120
    with pytest.raises(BadArgument, match="tempo of continue_file"):
        tempo(continue_file=str(tmp_path / "riff.wav"))


class Off:
    """Beats at another tempo than was asked for."""

    info = EngineInfo(
        "off",
        "Beats.",
        commands=("audio",),
        needs_clips=False,
        audio=AudioAbility(44_100, tempo="none", delivery="whole"),
    )

    def __init__(self, share, tempo="none"):
        self.share = share
        self.info = replace(self.info, audio=replace(self.info.audio, tempo=tempo))

    def load(self, device):
        pass

    def generate(self, request):
        samples = np.zeros((1, request.length_samples), np.float32)
        hit = np.random.default_rng(1).normal(size=2_000) * np.exp(-np.arange(2_000) / 300)
        step = 44_100 * 60 / (request.args["tempo_bpm"] * self.share)
        for beat in range(int(samples.shape[1] / step)):
            at = round(beat * step)
            part = samples[:, at : at + 2_000]
            part += hit[: part.shape[1]].astype(np.float32)
        yield Result((Answer(audio=AudioClip(samples, 44_100)),))


@pytest.mark.parametrize("share", [0.965, 0.99, 1.0, 1.03, 1.08])
def test_a_take_that_is_a_little_off_is_stretched_to_its_tempo(tmp_path, share):
    given = {"bars": 4, "tempo_bpm": 100, "stretch": True}
    result = ask(Off(share), tmp_path, **given)[-1]
    file = result.answers[0].file
    assert file.length_samples == 423_360
    near = abs(share - 1) < 0.04
    assert (abs(file.found_tempo_bpm - 100) <= 0.3) == near
    assert any("is stretched by" in told for told in result.degraded) == (near and share != 1)
    assert any("sounds like" in told for told in result.degraded) == (not near)
    sound = files.read(file.path).samples[0]
    if near:
        beats = [np.abs(sound[at : at + 2_000]).max() for at in range(26_460, 423_360, 26_460)]
        assert min(beats) > 0.1, "the bars are not filled to their end"


def test_room_for_a_stretch_makes_no_longer_seam(tmp_path):
    """A sine has no pulse, so that it is not stretched: both loops are the same."""
    given = {"bars": 2, "sample_rate_hz": RATE}
    results = (ask(Tone(), tmp_path, **given, stretch=stretch)[-1] for stretch in (False, True))
    plain, roomy = (files.read(result.answers[0].file.path).samples for result in results)
    assert np.array_equal(plain, roomy)


@pytest.mark.parametrize("rate", [8_000, 32_000, 96_000])
@pytest.mark.parametrize("stretch", [False, True])
def test_what_an_engine_is_asked_for_is_enough_at_any_rate(rate, stretch):
    ability = replace(Tone.info.audio, sample_rate_hz=rate)
    for tempo in range(600, 1_200, 7):
        given = {"tempo_bpm": tempo / 10, "sample_rate_hz": RATE, "stretch": stretch}
        request = request_of(Tone(), **given)
        made = asked_of(ability, request).length_samples * RATE // rate
        assert made > plan_of(request).wanted_samples, tempo


def test_what_can_not_be_stretched_is_refused_at_once(monkeypatch):
    monkeypatch.setattr("models.audio.stretch.find_spec", lambda module: None)
    with pytest.raises(NotInstalled, match="stretch"):
        request_of(Tone(), stretch=True)


HARD = {
    "empty": Clip((), 4.0),
    "muted": Clip((Note(60, 0.0, 1.0, mute=True),), 4.0),
    "edges": Clip((Note(0, 0.0, 1.0), Note(127, 1.0, 3.0)), 4.0),
    "7/8": Clip(tuple(Note(60, n / 2, 0.5) for n in range(7)), 3.5, metre=Metre(7, 8)),
    "drums": examples.drum_groove(),
    "everything": examples.clip_of_everything(),
    "pickup": examples.melody(pickup=True),
}


@pytest.mark.parametrize("name", HARD)
def test_tonebank_plays_any_clip_or_says_why_not(tmp_path, name):
    if name in {"empty", "muted"}:
        with pytest.raises(BadClip):
            ask(Tonebank(), tmp_path, HARD[name], prompt="")
        return
    result = ask(Tonebank(), tmp_path, HARD[name], prompt="", tempo_bpm=None)[-1]
    assert result.answers[0].file.peak_db > -40
    assert any("not a model" in told for told in result.degraded)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(clip=clips())
@example(clip=Clip(tuple(Note(48 + (n * 7) % 24, n / 64, 0.25) for n in range(20_000)), 320.0))
@example(clip=Clip(tuple(Note(n, 0.0, 4.0) for n in range(128)), 4.0))
def test_tonebank_never_fails_in_its_own_way(tmp_path_factory, clip):
    given = {"tempo_bpm": 400, "sample_rate_hz": 8000, "prompt": "piano with bass and drums"}
    refusal, result = None, None
    try:
        result = ask(Tonebank(), tmp_path_factory.mktemp("any"), clip, **given)[-1]
    except (BadArgument, BadClip, EngineFault) as error:
        refusal = error
    if isinstance(refusal, EngineFault):
        assert "nothing but silence" in refusal.message
    assert refusal.where if refusal else result.answers[0].file.bars


@pytest.mark.parametrize("prompt", ["dusty lo-fi Rhodes", "drums", "warm pad", "house", "zzz"])
def test_tonebank_plays_any_words(tmp_path, prompt):
    events = ask(Tonebank(), tmp_path, prompt=prompt, tempo_bpm=140, takes=2)
    first, second = (streamed(events, take) for take in (0, 1))
    assert not np.array_equal(first, second)
    assert np.array_equal(streamed(ask(Tonebank(), tmp_path, prompt=prompt, tempo_bpm=140)), first)


def test_tonebank_keeps_the_tempo(tmp_path):
    for tempo in (75, 92, 124.5):
        file = (
            ask(Tonebank(), tmp_path, prompt="house", bars=4, tempo_bpm=tempo)[-1].answers[0].file
        )
        assert file.found_tempo_bpm == pytest.approx(tempo, rel=0.01)


def test_tonebank_follows_what_it_hears(tmp_path):
    rate = 44_100
    times = np.arange(rate * 2) / rate
    for role in ("melody_file", "continue_file"):
        heard = []
        for pitch in (69, 74):  # A and D
            wave = np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times)
            files.write(tmp_path / f"{pitch}.wav", 0.3 * wave[None].astype(np.float32), rate)
            given = {role: str(tmp_path / f"{pitch}.wav"), "prompt": "pluck"}
            clip = files.read(ask(Tonebank(), tmp_path, **given)[-1].answers[0].file.path)
            heard.append(strongest_class(clip))
        assert heard == [9, 2]


def strongest_class(clip):
    spectrum = np.abs(np.fft.rfft(clip.samples.mean(axis=0)))
    hertz = np.argmax(spectrum) * clip.sample_rate_hz / clip.length_samples
    return round(69 + 12 * np.log2(hertz / 440)) % 12


def test_requests_without_sound_are_as_before():
    request = Request("continue", (), {}, 1)
    assert (request.audio, request.length_samples) == ((), 0)


def test_an_engine_that_keeps_the_tempo_is_not_told_what_it_sounds_like(tmp_path):
    engine = Off(1.03, tempo="native")
    result = ask(engine, tmp_path, bars=4, tempo_bpm=100, stretch=True)[-1]
    assert not [told for told in result.degraded if "sounds like" in told or "stretched" in told]
