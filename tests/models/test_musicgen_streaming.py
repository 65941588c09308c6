# SPDX-License-Identifier: Apache-2.0
"""The codec piece by piece, in both directions, is the codec all at once."""

import pytest
import tiny_musicgen as tiny

FRAMES = 61
# The upsampling of EnCodec at 32 kHz, one with longer reach, and a tiny one.
SHAPES = {
    "encodec": {"upsampling_ratios": [8, 5, 4, 4], "sampling_rate": 32_000, "num_filters": 2},
    "reaching": {"upsampling_ratios": [3, 2], "sampling_rate": 300, "num_residual_layers": 2},
    "tiny": {},
}


@pytest.fixture(scope="module", params=SHAPES)
def codec(request):
    tiny.need()
    import torch

    from models.musicgen import config
    from models.musicgen.codec import Codec, fold

    model = tiny.build(**SHAPES[request.param])
    with torch.no_grad():  # an LSTM that remembers
        for weight in model.audio_encoder.decoder.layers[1].lstm.parameters():
            weight.mul_(3)
        for name, weight in model.audio_encoder.encoder.named_parameters():
            if "lstm" in name:
                weight.mul_(3)
    sizes = config.parse(model.config.to_dict()).codec
    fold(model.audio_encoder)
    return Codec(sizes, model.audio_encoder)


def tokens(batch, channels, frames):
    import torch

    chance = torch.Generator().manual_seed(frames)
    return torch.randint(0, 64, (batch, 4 * channels, frames), generator=chance)


def streamed(codec, given, size, channels):
    import torch

    from models.musicgen.streaming_codec import StreamingDecoder

    decoder = StreamingDecoder(codec, channels)
    frames = given.shape[-1]
    parts = [
        decoder.push(given[..., at : at + size], at + size >= frames)
        for at in range(0, frames, size)
    ]
    return torch.cat(parts, -1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 25, 60, 61])
def test_every_size_of_pieces(codec, size, channels):
    given = tokens(2, channels, FRAMES)
    wanted = codec.decode(given, channels)
    assert wanted.std() > 0.005, "codebooks of zeros prove nothing"
    made = streamed(codec, given, size, channels)
    assert made.shape == wanted.shape == (2, channels, FRAMES * codec.sizes.hop)
    assert (made - wanted).abs().max() < 1e-5


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 8])
def test_pieces_shorter_than_what_is_held_back(codec, frames):
    given = tokens(1, 1, frames)
    assert (streamed(codec, given, 1, 1) - codec.decode(given, 1)).abs().max() < 1e-5


def test_audio_comes_as_soon_as_it_can(codec):
    from models.musicgen.streaming_codec import StreamingDecoder

    decoder = StreamingDecoder(codec, 1)
    given = tokens(1, 1, 20)
    lengths = [decoder.push(given[..., at : at + 1]).shape[-1] for at in range(20)]
    assert lengths == [0] * decoder.behind + [codec.sizes.hop] * (20 - decoder.behind)


def test_the_end_may_be_told_later(codec):
    import torch

    from models.musicgen.streaming_codec import StreamingDecoder

    decoder = StreamingDecoder(codec, 1)
    given = tokens(1, 1, 12)
    made = torch.cat([decoder.push(given), decoder.push(given[..., :0], last=True)], -1)
    assert (made - codec.decode(given, 1)).abs().max() < 1e-5


@pytest.mark.parametrize("frames", [0.5, 1, 3, 25, 25.1, 49.9, 61])
def test_what_is_heard_half_a_second_at_a_time(codec, frames):
    import torch

    from models.musicgen.encoding import FRAMES as AT_A_TIME
    from models.musicgen.encoding import encoded

    samples = round(frames * codec.sizes.hop)
    audio = torch.randn(2, 1, samples, generator=torch.Generator().manual_seed(5))
    steps = encoded(codec.model.encoder, codec.sizes, audio)
    pauses = 0
    while True:
        try:
            next(steps)
            pauses += 1
        except StopIteration as end:
            made = end.value
            break
    with torch.inference_mode():
        wanted = codec.model.encoder(audio)
    assert made.shape == wanted.shape
    assert (made - wanted).abs().max() < 1e-5 * wanted.abs().max().clamp_min(1)
    assert pauses == max(1, -(-samples // (AT_A_TIME * codec.sizes.hop)))


def test_encodec_at_32_khz_is_four_frames_behind():
    tiny.need()
    from models.musicgen.config import CodecSizes
    from models.musicgen.streaming_codec import upsampler_reach

    sizes = CodecSizes(32_000, (8, 5, 4, 4), 128, 64, 7, 7, 3, 1, 2, {})
    assert upsampler_reach(sizes) == (1, 1)
    assert sizes.hop == 640
    assert sizes.frame_rate == 50
