# SPDX-License-Identifier: Apache-2.0
"""The loop of our own against transformers' generate: the same weights, greedy, the same tokens."""

import pytest
import tiny_musicgen as tiny

FRAMES = 30
PROMPT = "dusty rhodes"
LONGER = "warm bass drums slow bright guitar"


@pytest.fixture(scope="module", params=[1, 2], ids=["mono", "stereo"])
def pair(request, tmp_path_factory):
    """A model of transformers, and ours read from what it saved."""
    transformers = tiny.need()
    from models.musicgen.model import MusicGen

    theirs = tiny.build(request.param)
    folder = tiny.save(tmp_path_factory.mktemp("checkpoint"), theirs)
    return theirs, MusicGen.read(folder), tiny.tokenizer(transformers)


def expected(theirs, **inputs):
    """The tokens (B, K, frames) that transformers hands to its codec."""
    import torch

    seen = []
    decode = theirs.audio_encoder.decode

    def spy(codes, *args, **kwargs):
        seen.append(codes[0].clone())
        return decode(codes, *args, **kwargs)

    theirs.audio_encoder.decode = spy
    try:
        theirs.generate(max_new_tokens=FRAMES + 3, do_sample=False, **inputs)
    finally:
        theirs.audio_encoder.decode = decode
    return seen[0] if len(seen) == 1 else torch.stack(seen, 2).flatten(1, 2)


def words(tokenizer, *prompts):
    found = tokenizer(list(prompts), padding=True, return_tensors="pt")
    return {"input_ids": found.input_ids, "attention_mask": found.attention_mask}


def ours_for(ours, wanted, prompts, guidance=3.0, known=None):
    from models.musicgen.model import Ask, whole
    from models.musicgen.sampling import Sampling

    how = Sampling(temperature=0.0, guidance=guidance)
    seeds = tuple(range(len(prompts)))
    return whole(ours, Ask(tuple(prompts), wanted.shape[-1], seeds, how, known))


def assert_same(wanted, made):
    assert wanted.unique().numel() > 8, "a network that repeats itself proves nothing"
    assert wanted.shape == made.shape
    assert (wanted == made).all()


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_text(pair, guidance):
    theirs, ours, tokenizer = pair
    wanted = expected(theirs, **words(tokenizer, PROMPT), guidance_scale=guidance)
    assert_same(wanted, ours_for(ours, wanted, [PROMPT], guidance))


def test_no_prompt_is_not_guided(pair):
    theirs, ours, _ = pair
    wanted = expected(theirs, **theirs.get_unconditional_inputs(1))
    assert_same(wanted, ours_for(ours, wanted, ["  "]))
    assert not ours.stepper._state.room.guided


def test_prompts_of_unequal_length_in_one_batch(pair):
    theirs, ours, tokenizer = pair
    wanted = expected(theirs, **words(tokenizer, PROMPT, LONGER), guidance_scale=3.0)
    assert_same(wanted, ours_for(ours, wanted, [PROMPT, LONGER]))
    alone = ours_for(ours, wanted, [PROMPT])
    assert (alone[0] == wanted[0]).all(), "what stands beside a prompt changes what it means"


@pytest.mark.parametrize("frames", [10, 150])
def test_continuation(pair, frames):
    """The longer one is heard, and taken in, in several stretches."""
    import torch

    theirs, ours, tokenizer = pair
    size = (1, ours.channels, 16 * frames)
    audio = torch.randn(size, generator=torch.Generator().manual_seed(3))
    inputs = words(tokenizer, PROMPT)
    wanted = expected(theirs, **inputs, input_values=audio, guidance_scale=3.0)
    known = ours.codec.encode(audio, ours.channels)
    assert known.shape[-1] == frames
    assert known.unique().numel() > 4
    assert (wanted[..., :frames] == known).all()
    assert_same(wanted, ours_for(ours, wanted, [PROMPT], known=known))


def test_audio_of_tokens(pair):
    import torch

    theirs, ours, _ = pair
    tokens = torch.randint(0, 64, (2, 4 * ours.channels, 20))
    sides = [
        theirs.audio_encoder.decode(tokens[None, :, side :: ours.channels], [None]).audio_values
        for side in range(ours.channels)
    ]
    assert torch.allclose(ours.codec.decode(tokens, ours.channels), torch.cat(sides, 1), atol=1e-5)


def older(name):
    for new, old in (
        ("parametrizations.weight.original0", "weight_g"),
        ("parametrizations.weight.original1", "weight_v"),
        ("encoder.shared", "encoder.encoder.embed_tokens"),
    ):
        name = name.replace(new, old)
    return name


def test_files_with_the_names_of_older_releases(tmp_path):
    """Weight norm had other names, and T5's words may lie under either of two."""
    tiny.need()
    from safetensors.torch import load_file, save_file

    from models.musicgen.model import MusicGen

    folder = tiny.save(tmp_path, tiny.build())
    wanted = MusicGen.read(folder)
    path = folder / "model.safetensors"
    tensors = {older(name): tensor for name, tensor in load_file(path).items()}
    assert sum(name.endswith(("weight_g", "weight_v")) for name in tensors) > 10
    assert "text_encoder.shared.weight" not in tensors
    save_file(tensors, path)
    made = MusicGen.read(folder)
    assert (made.text([PROMPT]).states == wanted.text([PROMPT]).states).all()
    tokens = wanted.codec.encode(0.2 * wanted.text([PROMPT]).states.new_ones(1, 1, 320), 1)
    assert (made.codec.decode(tokens, 1) == wanted.codec.decode(tokens, 1)).all()


def test_a_missing_tensor_is_named(tmp_path):
    tiny.need()
    from safetensors.torch import load_file, save_file

    from models.errors import BadFile
    from models.musicgen.model import MusicGen

    folder = tiny.save(tmp_path, tiny.build())
    path = folder / "model.safetensors"
    whole = load_file(path)
    for name in (
        "decoder.lm_heads.2.weight",
        "text_encoder.shared.weight",
        "audio_encoder.decoder.layers.0.conv.bias",
    ):
        save_file({key: tensor for key, tensor in whole.items() if key != name}, path)
        with pytest.raises(BadFile, match="missing"):
            MusicGen.read(folder)
