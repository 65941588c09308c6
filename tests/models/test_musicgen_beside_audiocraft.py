# SPDX-License-Identifier: Apache-2.0
"""Our loop against audiocraft's own `LMModel.generate`: the same weights, greedy, the same tokens.

It runs where audiocraft can be imported; docs/musicgen.md says how that is done.
"""

from dataclasses import replace

import pytest
import tiny_musicgen as tiny

from models.theory.steps import finish

FRAMES = 30
WORDS = "dusty rhodes warm"


@pytest.fixture(scope="module")
def audiocraft():
    tiny.need()
    import neural

    neural.need_torch()
    from models.engines.audiocraft.package import stand_in

    stand_in()
    pytest.importorskip("audiocraft")
    import spacy

    spacy.load = lambda name, **settings: spacy.blank("en")
    from audiocraft.models import lm

    return lm


def network(lm, *, melody=False, stereo=False):
    """A tiny network with random weights; a table of words stands for T5, and one for chroma."""
    import torch
    from audiocraft.modules.codebooks_patterns import DelayedPatternProvider
    from audiocraft.modules.conditioners import (
        ConditionFuser,
        ConditioningProvider,
        LUTConditioner,
    )

    torch.manual_seed(0)
    table = {"output_dim": 32, "tokenizer": "whitespace"}
    heard = {"description": LUTConditioner(n_bins=128, dim=24, **table)}
    if melody:
        heard["self_wav"] = LUTConditioner(n_bins=64, dim=12, **table)
    fused = {"sum": [], "input_interpolate": [], "cross": ["description"], "prepend": []}
    if melody:
        fused |= {"cross": [], "prepend": ["self_wav", "description"]}
    delays = [0, 0, 1, 1, 2, 2, 3, 3] if stereo else [0, 1, 2, 3]
    made = lm.LMModel(
        DelayedPatternProvider(len(delays), delays=delays),
        ConditioningProvider(heard),
        ConditionFuser(fused),
        n_q=len(delays),
        card=64,
        dim=32,
        num_heads=4,
        hidden_scale=4,
        num_layers=3,
        norm_first=True,
        bias_ff=False,
        bias_attn=False,
        bias_proj=False,
        causal=True,
        custom=True,
        cross_attention=not melody,
        activation="gelu",
    ).eval()
    for name, weight in made.named_parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.25)
        elif name.endswith("bias"):
            torch.nn.init.normal_(weight, std=0.1)
    return made


def stepper(made, *, melody=False):
    """The same weights in our loop; what the conditions are projected to is given ready."""
    import torch

    from models.musicgen.audiocraft import Exported, sizes_of
    from models.musicgen.checkpoint import read_network
    from models.musicgen.config import NetworkSizes
    from models.musicgen.decoding import Stepper

    exported = Exported(dict(made.state_dict()), 4, "test")
    sizes = sizes_of(exported, NetworkSizes(1, 4, 1, 1, 4, 1, 1, 24))
    sizes = replace(sizes, chroma_frames=7) if melody else sizes
    steps = read_network(exported, sizes, "cpu", torch.float32)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return Stepper(replace(end.value, text=None, chroma=None))


def ours(stepper, told, prompt=None):
    import torch

    from models.musicgen.sampling import Drawing, Noise, Sampling
    from models.musicgen.session import Session

    sizes = stepper.weights.sizes
    if prompt is None:
        prompt = torch.zeros((told.batch, sizes.codebooks, 0), dtype=torch.long)
    drawing = Drawing(Sampling(temperature=0.0), Noise((1, 1), (0,), torch.device("cpu")))
    with torch.inference_mode():
        session = Session(stepper, told, prompt, FRAMES, drawing)
        finish(session.take_in())
        while session.steps_left:
            session.step()
        return session.tokens(0, FRAMES)


def asked(**texts):
    from audiocraft.modules.conditioners import ConditioningAttributes

    return [ConditioningAttributes(text=texts)]


def heard(made, attributes):
    """What its provider makes of conditions: name → (states, mask)."""
    provider = made.condition_provider
    return provider(provider.tokenize(attributes))


def theirs(made, attributes, prompt=None):
    return made.generate(prompt, attributes, max_gen_len=FRAMES, use_sampling=False, cfg_coef=3.0)


@pytest.mark.parametrize("stereo", [False, True])
@pytest.mark.parametrize("case", ["text", "nothing", "continuation"])
def test_text_and_continuation(audiocraft, case, stereo):
    import torch

    from models.musicgen.conditions import Text, conditions

    made = network(audiocraft, stereo=stereo)
    steps = stepper(made)
    attributes = asked(description=None if case == "nothing" else WORDS)
    states, mask = (part.detach() for part in heard(made, attributes)["description"])
    text = None if case == "nothing" else Text(states, mask.long())
    prompt = torch.randint(0, 64, (1, 8 if stereo else 4, 9)) if case == "continuation" else None
    wanted = theirs(made, attributes, prompt)
    assert wanted.unique().numel() > 6
    told = conditions(steps.weights, 1, text, None, 3.0)
    assert (ours(steps, told, prompt) == wanted).all()


def test_melody(audiocraft):
    import torch
    from audiocraft.modules.conditioners import ClassifierFreeGuidanceDropout

    from models.musicgen.conditions import Conditions

    made = network(audiocraft, melody=True)
    attributes = asked(description=WORDS, self_wav="a b c d e f g")
    both = heard(made, attributes + ClassifierFreeGuidanceDropout(p=1.0)(attributes))
    prefix = torch.cat([both[name][0] for name in ("self_wav", "description")], 1).detach()
    told = Conditions(1, guided=True, prefix=prefix)
    wanted = theirs(made, attributes)
    assert wanted.unique().numel() > 6
    assert (ours(stepper(made, melody=True), told) == wanted).all()
