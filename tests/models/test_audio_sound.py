# SPDX-License-Identifier: Apache-2.0
"""What happens to sound: lengths, levels, seams, rates, files, tempo, words."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import files
from models.audio.clip import AudioClip
from models.audio.flaws import flaw_of
from models.audio.length import bars_in, samples_of, seconds_of
from models.audio.loudness import CEILING_DB, TARGET_LUFS, levelled, loudness_lufs, peak_db
from models.audio.prompt import tempo_in, with_tempo, without_tempo
from models.audio.resample import Resampler, resampled, with_channels
from models.audio.seam import faded, looped, seam_samples
from models.audio.tempo import agrees, in_the_note_value_of, tempo_of
from models.errors import BadClip, BadFile
from models.metre import Metre

RATE = 44_100
SEAM_CLICK_DB = -50.0  # a jump above this is heard as a click; see docs/audio.md


def sine(frequency_hz, seconds, rate_hz=RATE, channels=1):
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = np.sin(2 * np.pi * frequency_hz * times).astype(np.float32)
    return np.repeat(wave[None], channels, axis=0)


def noise(seconds, rate_hz=RATE, channels=1, seed=1):
    rng = np.random.default_rng(seed)
    return (0.1 * rng.normal(size=(channels, round(seconds * rate_hz)))).astype(np.float32)


@pytest.mark.parametrize("metre", [Metre(3, 4), Metre(4, 4), Metre(7, 8)])
@given(tempo=st.integers(600, 2000), bars=st.integers(1, 64), rate=st.sampled_from([32000, RATE]))
def test_lengths_are_exact_to_half_a_sample(metre, tempo, bars, rate):
    tempo_bpm = tempo / 10  # 60.0 to 200.0, most of them no binary numbers
    seconds = seconds_of(bars, metre, tempo_bpm)
    exact = Fraction(bars * metre.numerator * 4 * 60 * 10, metre.denominator * tempo)
    assert seconds == exact
    assert abs(samples_of(seconds, rate) - exact * rate) <= Fraction(1, 2)
    assert bars_in(seconds, metre, tempo_bpm) == bars


def test_known_lengths():
    assert samples_of(seconds_of(8, Metre(), 92), RATE) == 920_348  # 920347.826
    assert samples_of(seconds_of(1, Metre(), 120), 48_000) == 96_000
    assert samples_of(Fraction(1, 2), 1) == 1


@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000, 96_000])
def test_a_full_scale_sine_has_the_loudness_of_the_standard(rate):
    clip = AudioClip(sine(997, 3, rate), rate)
    assert loudness_lufs(clip) == pytest.approx(-3.01, abs=0.03)
    stereo = AudioClip(sine(997, 3, rate, 2), rate)
    assert loudness_lufs(stereo) == pytest.approx(0.0, abs=0.03)


def test_silence_between_does_not_count_for_loudness():
    loud = sine(997, 4)
    half = np.concatenate([loud, np.zeros_like(loud)], axis=1)
    assert loudness_lufs(AudioClip(half, RATE)) == pytest.approx(-3.1, abs=0.2)
    assert loudness_lufs(AudioClip(np.zeros((1, RATE), np.float32), RATE)) == -math.inf


def test_the_level_is_the_target_or_the_ceiling():
    quiet = AudioClip(0.01 * sine(997, 3), RATE)
    samples, loudness = levelled(quiet)
    assert loudness_lufs(AudioClip(samples, RATE)) == pytest.approx(TARGET_LUFS, abs=0.05)
    assert loudness == pytest.approx(TARGET_LUFS, abs=0.05)
    clicks = np.zeros((1, RATE), np.float32)
    clicks[0, ::4410] = 0.5
    assert peak_db(levelled(AudioClip(clicks, RATE))[0]) == pytest.approx(CEILING_DB, abs=0.01)
    short = AudioClip(np.full((2, 10), 0.1, np.float32), RATE)
    assert np.isfinite(levelled(short)[0]).all()


@pytest.mark.parametrize("rates", [(32_000, 44_100), (32_000, 48_000), (44_100, 32_000)])
@pytest.mark.parametrize("chunk", [1, 640, 7_777])
def test_resampling_in_chunks_is_resampling_in_one_go(rates, chunk):
    sound = noise(0.2 if chunk == 1 else 2, rates[0], 2)
    resampler = Resampler(*rates, 2)
    starts = range(0, sound.shape[1], chunk)
    parts = [resampler.push(sound[:, at : at + chunk]) for at in starts]
    whole = resampled(sound, *rates)
    joined = np.concatenate([*parts, resampler.finish()], axis=1)
    assert np.array_equal(joined, whole)
    assert abs(whole.shape[1] - sound.shape[1] * rates[1] / rates[0]) <= 1


def test_resampling_keeps_a_sine_in_its_place():
    there = resampled(sine(1000, 1, 32_000), 32_000, 44_100)
    middle = slice(5_000, 39_000)
    assert np.abs(there[:, middle] - sine(1000, 1)[:, middle]).max() < 1e-4
    assert resampled(there, RATE, RATE) is there


def test_channels():
    stereo = np.stack([np.ones(4), np.zeros(4)]).astype(np.float32)
    assert with_channels(stereo, 1).tolist() == [[0.5] * 4]
    assert with_channels(stereo[:1], 2).tolist() == [[1.0] * 4] * 2
    with pytest.raises(BadClip):
        AudioClip(np.zeros((3, 4), np.float32), RATE)


def test_a_loop_leads_into_its_start_without_a_click():
    length = RATE + 333  # cuts the sine off in the middle of a period
    sound = sine(441.3, 2)[:, : length + seam_samples(RATE)]
    loop = looped(sound, length, RATE)
    assert loop.shape[1] == length
    twice = np.concatenate([loop, loop], axis=1)[0]
    second = np.abs(np.diff(twice, 2))  # a jump shows in the second difference
    usual = second[1000:2000].max()
    at_seam = second[length - 5 : length + 5].max()
    assert 20 * np.log10(max(at_seam - usual, 1e-9)) < SEAM_CLICK_DB
    bare = np.concatenate([sound[:, :length]] * 2, axis=1)[0]
    jump = np.abs(np.diff(bare, 2))[length - 5 : length + 5].max()
    assert 20 * np.log10(jump - usual) > SEAM_CLICK_DB, "the test can't tell a click"


def test_fades_touch_only_the_ends():
    sound = np.ones((1, RATE), np.float32)
    both = faded(sound, RATE, start=True, end=True)
    assert both[0, 0] == both[0, -1] == 0
    assert (both[0, 300:-300] == 1).all()
    assert (faded(sound, RATE, start=False, end=True)[0, :300] == 1).all()
    assert (sound == 1).all(), "the source has changed"


@pytest.mark.parametrize("bpm", [60, 72, 92, 93.7, 120, 140, 174, 200])
def test_the_tempo_of_a_beat_is_found(bpm):
    rng = np.random.default_rng(3)
    sound = np.zeros((1, int(RATE * 60 / bpm * 32)), np.float32)
    for eighth in range(64):
        at = int(RATE * 60 / bpm * eighth / 2)
        hit = rng.normal(size=4000) * np.exp(-np.arange(4000) / 800)
        end = min(at + 4000, sound.shape[1])
        sound[0, at:end] += (hit * (1, 0.3, 0.6, 0.3)[eighth % 4])[: end - at].astype(np.float32)
    found = tempo_of(AudioClip(sound, RATE))
    assert agrees(found, bpm)
    assert in_the_note_value_of(found, bpm) == pytest.approx(bpm, abs=0.3)
    assert not agrees(found, bpm * 1.1)
    assert not agrees(tempo_of(AudioClip(sound, RATE), bpm * 1.1), bpm * 1.1), "wishful"


def test_no_tempo_where_there_is_no_pulse():
    assert tempo_of(AudioClip(noise(10), RATE)) is None
    assert tempo_of(AudioClip(np.zeros((1, RATE * 5), np.float32), RATE)) is None
    assert tempo_of(AudioClip(noise(1), RATE)) is None


def test_flaws():
    sound = noise(4)
    assert flaw_of(sound) == ""
    assert flaw_of(sound * 1e-4) == "is silent"
    dies, late = sound.copy(), sound.copy()
    dies[:, RATE:] *= 1e-4
    late[:, :RATE] *= 1e-4
    assert flaw_of(dies) == "falls silent half-way"
    assert flaw_of(late) == "begins in silence"


@pytest.mark.parametrize(
    ("words", "tempo_bpm", "rest"),
    [
        ("dusty lo-fi Rhodes, 92 bpm", 92.0, "dusty lo-fi Rhodes"),
        ("120-BPM techno with 909", 120.0, "techno with 909"),
        ("bpm: 128.5, strings", 128.5, "strings"),
        ("hip-hop at 90 bpm (dusty)", 90.0, "hip-hop (dusty)"),
        ("an 808 and 12 strings", None, "an 808 and 12 strings"),
        ("5 bpm", None, "5 bpm"),
        ("Rhodes_92bpm_Am.wav", 92.0, "Rhodes_ _Am.wav"),
    ],
)
def test_the_tempo_in_words(words, tempo_bpm, rest):
    assert tempo_in(words) == tempo_bpm
    assert without_tempo(words) == rest


def test_a_model_is_told_one_tempo():
    assert with_tempo("house, 120 bpm", 124.0) == "house bpm: 124."
    assert with_tempo("92 bpm", 92.0) == "bpm: 92.", "a tempo is words too"
    assert with_tempo("", 124.0) == "", "an empty prompt stays empty"


def test_files_go_out_and_come_back(tmp_path):
    sound = np.concatenate([sine(440, 1), sine(550, 1)])
    files.write(tmp_path / "a.wav", 0.5 * sound, RATE)
    known = files.facts(tmp_path / "a.wav")
    assert (known.sample_rate_hz, known.channels, known.length_samples) == (RATE, 2, RATE)
    back = files.read(tmp_path / "a.wav", 100, 50)
    assert np.abs(back.samples - 0.5 * sound[:, 100:150]).max() < 2**-23
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_files_of_other_kinds_are_read(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "old.wav", sine(200, 1, 8000)[0], 8000, subtype="PCM_U8")
    old = files.read(tmp_path / "old.wav")
    assert (old.sample_rate_hz, old.channels, old.length_samples) == (8000, 1, 8000)
    soundfile.write(tmp_path / "six.flac", noise(1, channels=6).T, RATE)
    assert files.read(tmp_path / "six.flac").channels == 1


def test_files_that_are_no_sound_are_refused(tmp_path):
    import soundfile

    (tmp_path / "text.wav").write_text("not a sound " * 100)
    (tmp_path / "empty.wav").write_bytes(files.wav_bytes(np.zeros((1, 0), np.float32), RATE))
    soundfile.write(tmp_path / "long.wav", np.zeros(4000 * 3700, np.int16), 4000, subtype="PCM_U8")
    soundfile.write(tmp_path / "slow.wav", np.zeros(3000), 3000)
    bad = np.array([0.0, np.nan, 0.5], np.float32)
    soundfile.write(tmp_path / "nan.wav", bad, RATE, subtype="FLOAT")
    for name in ("text.wav", "empty.wav", "long.wav", "slow.wav", "nan.wav", "none.wav", "."):
        with pytest.raises(BadFile) as caught:
            files.read(tmp_path / name)
        assert caught.value.where


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(BadFile):
        files.write(tmp_path / "taken" / "a.wav", sine(440, 1), RATE)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
