# SPDX-License-Identifier: Apache-2.0
"""Tiny MusicGen checkpoints with random weights, in the real file format, made by transformers.

A codec with random weights has codebooks of zeros, in which every token sounds the same; they are
filled here, or every test of audio would pass whatever the code did.
"""

import os
import warnings

import neural

WORDS = ["dusty", "lo", "fi", "rhodes", "warm", "bass", "drums", "slow", "bright", "guitar"]


def need():
    """Torch with one thread and transformers, or a skip; in CI a failure."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    neural.need_torch()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformers = neural.need("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def codec_config(transformers, **changes):
    made = {
        "sampling_rate": 800,
        "upsampling_ratios": [4, 2, 2],  # 16 samples a frame, 50 frames a second
        "codebook_size": 64,
        "target_bandwidths": [1.2],  # exactly four codebooks
        "hidden_size": 16,
        "codebook_dim": 16,
        "num_filters": 4,
        "num_lstm_layers": 2,
        "use_causal_conv": False,
        "use_conv_shortcut": False,
        "kernel_size": 7,
        "residual_kernel_size": 3,
    }
    return transformers.EncodecConfig(**{**made, **changes})


def text_config(transformers):
    return transformers.T5Config(
        vocab_size=64, d_model=24, d_kv=8, d_ff=32, num_layers=2, num_heads=2
    )


def decoder_sizes(channels):
    return {
        "vocab_size": 64,
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "ffn_dim": 64,
        "num_codebooks": 4 * channels,
        "audio_channels": channels,
        "pad_token_id": 64,
        "bos_token_id": 64,
    }


def build(channels=1, melody=False, seed=0, **codec):
    """A model of transformers with random weights."""
    transformers = need()
    import torch

    torch.manual_seed(seed)
    parts = {
        "text_encoder": text_config(transformers).to_dict(),
        "audio_encoder": codec_config(transformers, **codec).to_dict(),
    }
    sizes = decoder_sizes(channels)
    if melody:
        config = transformers.MusicgenMelodyConfig(
            **parts,
            decoder=transformers.MusicgenMelodyDecoderConfig(**sizes).to_dict(),
            chroma_length=8,
        )
        model = transformers.MusicgenMelodyForConditionalGeneration(config)
    else:
        config = transformers.MusicgenConfig(
            **parts, decoder=transformers.MusicgenDecoderConfig(**sizes).to_dict()
        )
        model = transformers.MusicgenForConditionalGeneration(config)
    return lively(model.eval(), torch)


def lively(model, torch):
    """Weights large enough that tokens differ, and codebooks that sound."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.startswith(("decoder", "enc_to_dec", "audio_enc_to_dec")) and weight.dim() > 1:
                weight.normal_(std=0.25)
            elif name.startswith("text_encoder") and weight.dim() > 1:
                weight.normal_(std=0.5)
            elif name.endswith("bias"):
                weight.normal_(std=0.1)
        _fill_codebooks(model.audio_encoder, torch)
    chosen = model.generation_config
    chosen.decoder_start_token_id = chosen.pad_token_id = chosen.bos_token_id = 64
    chosen.do_sample = False
    chosen.guidance_scale = 3.0
    return model


def _fill_codebooks(codec, torch):
    """An encoder that tells noises apart, and codebooks of what it makes of noise."""
    hop = codec.config.hop_length
    noise = 0.2 * torch.randn(1, 1, 200 * hop)
    last = codec.encoder.layers[-1].conv
    found = codec.encoder(noise)[0]  # (latent, frames)
    middle, spread = found.mean(1), found.std(1)
    last.parametrizations.weight.original0.div_(spread[:, None, None])
    last.bias.copy_((last.bias - middle) / spread)
    left = codec.encoder(noise)[0].T
    for layer in codec.quantizer.layers:
        book = layer.codebook.embed
        book.copy_(left[torch.randperm(len(left))[: len(book)]])
        left = left - book[torch.cdist(left, book).argmin(-1)]
        left = left + 0.3 * torch.randn_like(left)


def tokenizer(transformers):
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(f"▁{word}", -1.0) for word in WORDS]
    pieces += [(f"<extra_id_{number}>", 0.0) for number in range(20, -1, -1)]
    return transformers.T5Tokenizer(vocab=pieces, extra_ids=21)


def save(folder, model):
    """Write a checkpoint folder."""
    transformers = need()
    model.save_pretrained(folder)
    tokenizer(transformers).save_pretrained(folder)
    return folder


def nowhere(sizes):
    """A network of half precision on a device that has shapes and no numbers."""
    import torch

    from models.musicgen.network import CrossWeights, Layer, Weights

    def fine(*shape):
        return torch.empty(shape, device="meta")

    def matrix(*shape):
        return torch.empty(shape, device="meta", dtype=torch.float16)

    width, norm = sizes.width, (fine(sizes.width), fine(sizes.width))
    square = matrix(width, width)
    cross = CrossWeights(norm, square, matrix(2 * width, width), square)
    layer = Layer(
        norm,
        matrix(3 * width, width),
        square,
        None if sizes.melody else cross,
        norm,
        matrix(sizes.inner, width),
        matrix(width, sizes.inner),
    )
    return Weights(
        sizes,
        fine(sizes.codebooks * (sizes.vocabulary + 1), width),
        (layer,) * sizes.layers,
        norm,
        fine(sizes.codebooks * sizes.vocabulary, width),
        (fine(width, sizes.text_width), fine(width)),
        (fine(width, sizes.chroma_bins), fine(width)) if sizes.melody else None,
    )
