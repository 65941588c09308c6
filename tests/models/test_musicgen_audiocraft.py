# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that audiocraft exports: the same network under other names, and only numbers."""

import pickle

import pytest
import tiny_musicgen as tiny

from models.errors import BadFile
from models.musicgen.store import COMPLETE

CONFIG = """\
seanet:
  activation: ELU
transformer_lm:
  activation: gelu
  dim: 32
  num_heads: 4
other:
  num_heads: 9
"""
NAMES = (
    ("decoder.model.decoder.embed_tokens", "emb"),
    ("decoder.model.decoder.layer_norm", "out_norm"),
    ("decoder.model.decoder", "transformer"),
    ("decoder.lm_heads", "linears"),
    ("audio_enc_to_dec_proj", "condition_provider.conditioners.self_wav.output_proj"),
    ("enc_to_dec_proj", "condition_provider.conditioners.description.output_proj"),
    ("self_attn_layer_norm", "norm1"),
    ("encoder_attn_layer_norm", "norm_cross"),
    ("final_layer_norm", "norm2"),
    ("encoder_attn", "cross_attention"),
    ("fc1", "linear1"),
    ("fc2", "linear2"),
)


def renamed(name):
    for theirs, own in NAMES:
        name = name.replace(theirs, own, 1)
    return name


def exported(model):
    """The network's tensors under audiocraft's names, queries, keys and values in one."""
    import torch

    state = {}
    for name, tensor in model.state_dict().items():
        if name.startswith(("decoder.", "enc_to_dec", "audio_enc_to")):
            state[renamed(name)] = tensor.clone()
    for name in [name for name in state if name.endswith(".q_proj.weight")]:
        base = name.removesuffix(".q_proj.weight")
        parts = [state.pop(f"{base}.{part}_proj.weight") for part in "qkv"]
        state[f"{base}.in_proj_weight"] = torch.cat(parts)
    return state


@pytest.fixture(scope="module", params=["small", "melody"])
def pair(request, tmp_path_factory):
    """A fetched model, and a folder with its network alone as audiocraft exports it."""
    tiny.need()
    import torch

    folder = tmp_path_factory.mktemp(request.param)
    model = tiny.build(melody=request.param == "melody")
    whole = folder / "musicgen-small"
    tiny.save(whole, model)
    (whole / COMPLETE).write_text("0")
    alone = folder / "mine"
    alone.mkdir()
    torch.save({"best_state": exported(model), "xp.cfg": CONFIG}, alone / "state_dict.bin")
    return whole, alone


def tokens(folder):
    from models.musicgen.model import Ask, MusicGen, whole
    from models.musicgen.sampling import Sampling

    return whole(MusicGen.read(folder), Ask(("dusty rhodes",), 20, (1,), Sampling()))


def test_the_same_network_gives_the_same_tokens(pair, monkeypatch):
    from models.musicgen import audiocraft

    monkeypatch.setattr(audiocraft, "CHROMA_FRAMES", 8)  # of the tiny melody model
    whole, alone = pair
    wanted = tokens(whole)
    assert wanted.unique().numel() > 8
    assert (tokens(alone) == wanted).all()


def test_it_weighs_the_same(pair):
    from models.musicgen.opening import weighed

    whole, alone = pair
    assert weighed(alone)[1] == weighed(whole)[1]


def test_nothing_to_read_words_with(pair, tmp_path, monkeypatch):
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path / "home"))
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    (lonely / "state_dict.bin").write_bytes((pair[1] / "state_dict.bin").read_bytes())
    with pytest.raises(BadFile, match="models fetch musicgen-small"):
        tokens(lonely)


class Danger:
    """What would write a file if it were unpickled."""

    def __reduce__(self):
        return open, ("danger", "w")


def test_code_in_a_checkpoint_is_not_run(tmp_path, monkeypatch):
    tiny.need()
    import torch

    monkeypatch.chdir(tmp_path)
    torch.save({"best_state": {}, "more": Danger()}, tmp_path / "state_dict.bin")
    with pytest.raises(BadFile, match="without running code"):
        tokens(tmp_path)
    (tmp_path / "state_dict.bin").write_bytes(pickle.dumps(Danger()))
    with pytest.raises(BadFile, match="without running code"):
        tokens(tmp_path)
    assert not (tmp_path / "danger").exists()


@pytest.mark.parametrize("content", [[], {"best_state": 3}, {"best_state": {"x": 1}}])
def test_other_things_are_no_checkpoint(tmp_path, content):
    tiny.need()
    import torch

    torch.save(content, tmp_path / "state_dict.bin")
    with pytest.raises(BadFile, match="best_state"):
        tokens(tmp_path)


def test_a_network_of_another_kind_is_refused(pair, tmp_path):
    import torch

    data = torch.load(pair[1] / "state_dict.bin", weights_only=True)
    torch.save({**data, "xp.cfg": CONFIG.replace("gelu", "relu")}, tmp_path / "state_dict.bin")
    with pytest.raises(BadFile, match="gelu"):
        tokens(tmp_path)


def test_models_with_other_conditions_are_refused(pair, tmp_path):
    import torch

    data = torch.load(pair[1] / "state_dict.bin", weights_only=True)
    data["best_state"]["condition_provider.conditioners.chords.x"] = torch.zeros(1)
    torch.save(data, tmp_path / "state_dict.bin")
    with pytest.raises(BadFile, match="chords"):
        tokens(tmp_path)
