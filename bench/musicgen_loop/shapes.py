# SPDX-License-Identifier: Apache-2.0
"""The published shapes with random weights: one set, seen by transformers and by our own loop.

Random weights are fair for speed, which does not depend on values; of how it sounds they say
nothing.
"""

from dataclasses import dataclass

SIZES = {
    "tiny": (2, 64, 2, 1),
    "small": (24, 1024, 16, 1),
    "medium": (48, 1536, 24, 1),
    "large": (48, 2048, 32, 1),
    "stereo-medium": (48, 1536, 24, 2),
}  # layers, width, heads, channels
WORDS = 12  # of the prompt, in T5's tokens


@dataclass
class Shape:
    """A network of a size on a device.

    Attributes:
        name: of the size.
        theirs: transformers' `MusicgenForConditionalGeneration`.
        ours: `MusicGen` with the same weights.
    """

    name: str
    theirs: object
    ours: object


def shape(name, device, dtype):
    """Build a size on a device, the network's matrices in `dtype`."""
    import torch
    import transformers

    from models.musicgen import config as config_file
    from models.musicgen.checkpoint import read_network
    from models.musicgen.codec import Codec, fold
    from models.musicgen.model import MusicGen
    from models.theory.steps import finish

    table = _config(transformers, name)
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            theirs = transformers.MusicgenForConditionalGeneration(table).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    for layer in theirs.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()
    config = config_file.parse(table.to_dict())
    network = finish(read_network(_Loaded(theirs.state_dict()), config.network, device, dtype))
    with torch.device(device):
        codec = transformers.EncodecModel(table.audio_encoder).float().eval()
    for layer in codec.quantizer.layers:
        layer.codebook.embed.normal_()
    fold(codec)
    theirs.audio_encoder.decode = _silent(theirs)
    text = _Words(theirs)
    return Shape(name, theirs, MusicGen(config, text, network, Codec(config.codec, codec)))


def _config(transformers, name):
    layers, width, heads, channels = SIZES[name]
    codec = {
        "audio_channels": 1,
        "codebook_dim": 128,
        "codebook_size": 2048,
        "hidden_size": 128,
        "kernel_size": 7,
        "num_filters": 64 if name != "tiny" else 2,
        "sampling_rate": 32_000,
        "target_bandwidths": [2.2],
        "upsampling_ratios": [8, 5, 4, 4],
        "use_causal_conv": False,
        "use_conv_shortcut": False,
    }
    small = name == "tiny"
    text = {
        "d_model": 64 if small else 768,
        "d_ff": 64 if small else 3072,
        "num_layers": 2 if small else 12,
        "num_heads": 2 if small else 12,
        "vocab_size": 32_128 if not small else 64,
    }
    decoder = {
        "vocab_size": 2048,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "ffn_dim": 4 * width,
        "num_codebooks": 4 * channels,
        "audio_channels": channels,
    }
    return transformers.MusicgenConfig(
        text_encoder=transformers.T5Config(**text).to_dict(),
        audio_encoder=transformers.EncodecConfig(**codec).to_dict(),
        decoder=transformers.MusicgenDecoderConfig(**decoder).to_dict(),
    )


class _Loaded:
    """Tensors of a state dict, as a checkpoint has them."""

    def __init__(self, tensors):
        self._tensors = tensors

    def names(self):
        return iter(self._tensors)

    def get(self, name):
        return self._tensors[name]


class _Words:
    """A text encoder that reads random words of a fixed number, anew each time."""

    def __init__(self, theirs):
        self._theirs = theirs

    def __call__(self, prompts):
        import torch

        from models.musicgen.conditions import Text

        if not any(prompts):
            return None
        inputs = words(self._theirs, len(prompts))
        with torch.inference_mode():
            found = self._theirs.text_encoder(**inputs).last_hidden_state
        return Text(found.float(), inputs["attention_mask"])


def words(theirs, rows):
    """A prompt of `WORDS` tokens, as transformers takes it."""
    import torch

    device = theirs.device
    ids = torch.arange(2, 2 + WORDS, device=device)[None].expand(rows, -1).contiguous()
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def _silent(theirs):
    """A decode that does nothing: the loop is timed, not the codec."""
    import torch

    class Nothing:
        audio_values = torch.zeros(1, 1, 1, device=theirs.device)

    return lambda *args, **kwargs: Nothing
