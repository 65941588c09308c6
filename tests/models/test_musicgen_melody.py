# SPDX-License-Identifier: Apache-2.0
"""What a melody model is shown of audio and of notes, and that a melody changes what it does."""

import math

import numpy as np
import pytest
import tiny_musicgen as tiny

from models.clip import Clip, Note

FRAMES = 24
NOTHING_HEARD = 0  # the class that stands for silence


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A melody model of transformers, and ours read from what it saved."""
    tiny.need()
    from models.musicgen.model import MusicGen

    theirs = tiny.build(melody=True)
    folder = tiny.save(tmp_path_factory.mktemp("melody"), theirs)
    return theirs, MusicGen.read(folder)


def line(*classes):
    import torch

    return torch.eye(12)[list(classes)]


def ours_for(ours, prompts, chroma=None, guidance=3.0):
    from models.musicgen.model import Ask, whole
    from models.musicgen.sampling import Sampling

    how = Sampling(temperature=0.0, guidance=guidance)
    return whole(ours, Ask(tuple(prompts), FRAMES, (0,) * len(prompts), how, chroma=chroma))


def by_hand(theirs, prompt, chroma, guidance=3.0):
    """Greedy tokens through transformers' layers, which are right; its `generate` is not.

    `generate` shows the network neither text nor melody. Here the prefix that it prepares goes
    through the decoder whole, at every step, without a cache.
    """
    import torch

    words = tiny.tokenizer(tiny.need())([prompt], return_tensors="pt")
    chosen = theirs.generation_config
    chosen.guidance_scale = guidance
    told = theirs._prepare_encoder_hidden_states_kwargs_for_generation(
        words.input_ids,
        {"attention_mask": words.attention_mask, "input_features": chroma[None]},
        "input_ids",
        chosen,
    )["encoder_hidden_states"]
    columns = torch.full((1, 4, FRAMES + 4), 64)
    with torch.no_grad():
        for column in range(FRAMES + 3):
            given = columns[..., : column + 1].flatten(0, 1).repeat(2, 1)
            found = theirs.decoder(input_ids=given, encoder_hidden_states=told, use_cache=False)
            told_so, untold = found.logits[:, -1].view(2, 4, -1)
            drawn = (untold + (told_so - untold) * guidance).argmax(-1)
            for book in range(4):
                if book <= column < FRAMES + book:
                    columns[0, book, column + 1] = drawn[book]
    return torch.stack([columns[:, k, 1 + k : 1 + k + FRAMES] for k in range(4)], 1)


def test_the_tokens_are_those_of_the_same_layers_shown_everything(pair):
    theirs, ours = pair
    melody = line(0, 4, 7, 0, 9, 5, 2, 7)
    wanted = by_hand(theirs, "dusty rhodes", melody)
    assert wanted.unique().numel() > 8
    assert (ours_for(ours, ["dusty rhodes"], melody) == wanted).all()


def test_another_melody_gives_other_tokens(pair):
    _, ours = pair
    one = ours_for(ours, ["dusty rhodes"], line(0, 4, 7, 0))
    other = ours_for(ours, ["dusty rhodes"], line(9, 2, 5, 11))
    assert (one != other).float().mean() > 0.2


def test_another_prompt_gives_other_tokens(pair):
    _, ours = pair
    melody = line(0, 4, 7, 0)
    one, other = ours_for(ours, ["dusty rhodes"], melody), ours_for(ours, ["warm bass"], melody)
    assert (one != other).float().mean() > 0.2


def test_a_melody_needs_no_words_and_words_no_melody(pair):
    _, ours = pair
    alone = ours_for(ours, [""], line(0, 4, 7, 0))
    assert (alone != ours_for(ours, [""], line(9, 2, 5, 11))).float().mean() > 0.2
    assert (alone != ours_for(ours, ["dusty rhodes"])).float().mean() > 0.2
    ours_for(ours, [""])
    assert not ours.stepper._state.room.guided


def test_a_model_without_melody_says_so(tmp_path):
    from models.errors import BadArgument
    from models.musicgen.model import MusicGen

    ours = MusicGen.read(tiny.save(tmp_path, tiny.build()))
    with pytest.raises(BadArgument, match="melody"):
        ours_for(ours, ["dusty"], line(0, 4))


def test_the_filters_are_those_the_models_learned_with():
    tiny.need()
    import torch
    from transformers.audio_utils import chroma_filter_bank

    from models.musicgen.chroma import RATE_HZ, WINDOW, filters

    theirs = chroma_filter_bank(num_frequency_bins=WINDOW, num_chroma=12, sampling_rate=RATE_HZ)
    assert torch.allclose(filters(), torch.from_numpy(theirs).float(), atol=1e-6)


def sine(*notes, seconds_each=1.0):
    import torch

    time = np.arange(round(32_000 * seconds_each)) / 32_000
    waves = [np.sin(2 * math.pi * 440 * 2 ** ((note - 69) / 12) * time) for note in notes]
    return torch.from_numpy(np.concatenate(waves)).float()


@pytest.mark.parametrize("pitch", [36, 57, 69, 84])
def test_a_steady_tone_is_its_pitch_class(pitch):
    tiny.need()
    from models.musicgen.chroma import of_audio

    found = of_audio(sine(pitch, pitch)).argmax(-1)
    assert set(found.tolist()) == {pitch % 12}


def test_silence_is_the_first_class_and_short_audio_is_enough():
    tiny.need()
    import torch

    from models.musicgen.chroma import frames_in, of_audio

    assert of_audio(torch.zeros(100)).argmax(-1).tolist() == [NOTHING_HEARD] * frames_in(100)


def test_notes_give_the_frames_of_their_audio():
    tiny.need()
    from models.musicgen.chroma import of_audio, of_notes
    from models.musicgen.tones import Tone

    melody = [60, 64, 67, 62, 69, 59]
    heard = of_audio(sine(*melody, seconds_each=0.75))
    tones = [Tone(pitch, n * 0.75, (n + 1) * 0.75) for n, pitch in enumerate(melody)]
    drawn = of_notes(tones, seconds=0.75 * len(melody))
    assert drawn.shape == heard.shape
    agreement = (drawn.argmax(-1) == heard.argmax(-1)).float().mean()
    assert agreement > 0.9  # they may differ in a frame that two notes share


@pytest.mark.parametrize(
    ("which", "classes"), [("top", {7}), ("bass", {0}), ("loudest", {4}), ("all", {0, 4, 7})]
)
def test_which_line_of_a_chord_is_followed(which, classes):
    tiny.need()
    from models.musicgen.chroma import of_notes
    from models.musicgen.tones import Tone

    chord = [Tone(48, 0, 2, 0.5), Tone(64, 0, 2, 0.9), Tone(67, 0, 2, 0.4)]
    frames = of_notes(chord, 2.0, which)
    assert {int(place) for place in frames[8].nonzero()} == classes


def test_rests_and_empty_clips_are_silence():
    tiny.need()
    from models.musicgen.chroma import of_notes
    from models.musicgen.tones import Tone

    frames = of_notes([Tone(62, 0, 1)], 4.0).argmax(-1).tolist()
    assert frames[:8] == [2] * 8
    assert frames[12:] == [NOTHING_HEARD] * len(frames[12:])
    assert set(of_notes([], 1.0).argmax(-1).tolist()) == {NOTHING_HEARD}


def test_a_clip_is_heard_as_it_plays():
    """Its loop, again and again; muted notes and those outside the loop are not heard."""
    from models.musicgen.tones import Tone, tones_of

    notes = (
        Note(50, 0.0, 1.0),
        Note(60, 4.0, 1.0),
        Note(61, 5.0, 9.0, mute=True),
        Note(62, 6.0, 2.0),
    )
    clip = Clip(notes, 8.0, loop_start_beats=4.0)
    heard = [(tone.pitch, tone.start_s, tone.end_s) for tone in tones_of(clip, 120.0, 3.5)]
    assert heard == [(60, 0.0, 0.5), (62, 1.0, 2.0), (60, 2.0, 2.5), (62, 3.0, 3.5)]
    assert next(tones_of(clip, 120.0, 1.0)).loudness == notes[1].velocity / 127
    assert not list(tones_of(Clip((), 4.0), 120.0, 1.0))
    assert isinstance(next(tones_of(clip, 120.0, 1.0)), Tone)


def test_the_longest_clip_is_looked_at_once(monkeypatch):
    """20,000 notes over ten minutes: each is compared with the frames near it alone."""
    tiny.need()
    from models.musicgen import chroma
    from models.musicgen.tones import tones_of

    asked = []
    real = chroma._share
    monkeypatch.setattr(chroma, "_share", lambda *given: asked.append(1) or real(*given))
    clip = Clip(tuple(Note(48 + n % 24, n / 16, 1 / 16) for n in range(20_000)), 1250.0)
    frames = chroma.of_notes(tones_of(clip, 125.0, 600.0), 600.0)
    assert frames.shape == (chroma.frames_in(600 * chroma.RATE_HZ), 12)
    assert len(asked) < 10 * 20_000


def test_a_later_window_hears_the_melody_from_where_it_is(pair):
    _, ours = pair
    from models.musicgen.windows import Window

    melody = line(*range(12))
    rate = ours.config.codec.frame_rate  # 8 chroma frames stand for 30 s here
    moved = ours._melody_at(melody, Window(round(15 * rate), 0, 10))
    assert moved[0].argmax(-1).tolist() == [4, 5, 6, 7, 8, 9, 10, 11]
