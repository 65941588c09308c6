# SPDX-License-Identifier: Apache-2.0
"""The melody space: numpy against torch, weight files, grammar, sliders, windows to learn from."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from melody_spaces import ARCH, CONFIG, MINOR, SCALE, tiny_arrays, tiny_space, tune
from neural import need_torch

from models.clip import Clip, Note
from models.corpus.piece import Label, Piece, PieceKey, PiecePart
from models.errors import BadFile
from models.melody_space.config import SpaceConfig
from models.melody_space.sliders import (
    SLIDERS,
    UNITS,
    SlideWishes,
    attributes,
    directions,
    slide,
)
from models.melody_space.space import Space, Stage, Way, gumbel
from models.melody_space.store import read_space, write_space
from models.melody_space.symbols import FIRST_PITCH, HOLD_STATE, STATES, Symbols
from models.melody_space.windows import may_train, stacked
from models.metre import Metre

STAGE = Stage(np.array([0, 1, 2, 3, 7, 8, 9, 10]), np.zeros(8, int), np.ones((8, 6), bool))
WALTZ = Stage(np.array([0, 1, 2, 7, 8, 9]), np.full(6, 2), np.ones((6, 6), bool))


def _windows(count: int, stage: Stage, seed: int = 0) -> Symbols:
    """States and chords that keep to the grammar."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, CONFIG.latent)).astype(np.float32)
    noise = gumbel(rng, len(stage.places), len(CONFIG.chords), count)
    return tiny_space().decode(points, stage, Way(2.0, noise))


@pytest.mark.parametrize("stage", [STAGE, WALTZ])
def test_numpy_computes_what_torch_does(stage):
    torch = need_torch()
    from models.melody_space.network import Batch, MelodyNetwork

    arrays = tiny_arrays()
    model = MelodyNetwork(CONFIG).eval()
    model.load_state_dict({n: torch.from_numpy(a) for n, a in arrays.items() if n != "sliders"})
    windows = _windows(3, stage)
    known = torch.zeros(3, dtype=torch.bool)
    batch = Batch(
        torch.from_numpy(windows.states),
        torch.from_numpy(windows.chords),
        torch.from_numpy(np.tile(stage.open, (3, 1, 1))),
        torch.from_numpy(np.tile(stage.places, (3, 1))),
        torch.from_numpy(np.tile(stage.metres, (3, 1))),
        torch.zeros((3, 6), dtype=torch.long),
        torch.zeros((3, 6), dtype=torch.long),
        known,
    )
    space = Space(CONFIG, arrays)
    with torch.no_grad():
        mean, log_variance = model.encode(batch)
        found = space.encode(windows, stage)
        assert np.allclose(found[0], mean.numpy(), atol=1e-5)
        assert np.allclose(found[1], log_variance.numpy(), atol=1e-5)
        quiet = np.zeros((1, len(stage.places), 6, STATES + len(CONFIG.chords)), np.float32)
        written = space.decode(found[0], stage, Way(0.0, quiet))
        batch.tokens = torch.from_numpy(written.states)
        batch.chords = torch.from_numpy(written.chords)
        sums, struck = model.decode(mean, batch)
        logits = model.state_logits(sums).numpy()
        chosen = np.take_along_axis(logits, written.states[..., None], -1)[..., 0]
        logits[..., HOLD_STATE] = -np.inf  # forbidden where nothing sounds
        assert (chosen >= logits.max(-1) - 1e-4).all()
        chords = model.chord_logits(struck).argmax(-1).numpy()
        strikes = written.states >= FIRST_PITCH
        assert strikes.any()
        assert (chords == written.chords)[strikes].all()


def test_windows_of_two_lengths_in_one_batch_are_encoded_as_if_alone():
    torch = need_torch()
    from models.melody_space.frame import METRE_CLASSES, PLACES
    from models.melody_space.network import Batch, MelodyNetwork

    model = MelodyNetwork(CONFIG).eval()
    windows = _windows(2, STAGE)
    open_slots = np.ones((2, 8, 6), bool)
    places, metres = np.tile(STAGE.places, (2, 1)), np.zeros((2, 8), int)
    open_slots[1, 5:] = False
    places[1, 5:], metres[1, 5:] = PLACES, METRE_CLASSES
    states, chords = windows.states * open_slots, windows.chords * open_slots

    def batch(rows: slice, size: int) -> Batch:
        tensors = (
            torch.from_numpy(np.ascontiguousarray(a[rows, :size]))
            for a in (states, chords, open_slots, places, metres)
        )
        count = len(states[rows])
        none = torch.zeros((count, 6), dtype=torch.long)
        return Batch(*tensors, none, none, torch.zeros(count, dtype=torch.bool))

    with torch.no_grad():
        both = model.encode(batch(slice(0, 2), 8))[0]
        alone = model.encode(batch(slice(1, 2), 5))[0]
    assert torch.allclose(both[1], alone[0], atol=1e-6)


def test_what_is_written_keeps_to_the_grammar():
    for stage in (STAGE, WALTZ):
        states = _windows(50, stage).states
        flat = states.reshape(50, -1)
        before = np.concatenate((np.zeros((50, 1), int), flat[:, :-1]), 1)
        assert not ((flat == HOLD_STATE) & (before == 0)).any()
    shut = replace(STAGE, open=np.tile(np.array([1, 1, 0, 1, 0, 1], bool), (8, 1)))
    assert not _windows(50, shut).states[:, :, [2, 4]].any()


def test_weight_files_come_back_and_others_are_refused(tmp_path):
    path = tmp_path / "space.safetensors"
    write_space(path, tiny_arrays(), CONFIG, "fp32")
    windows = _windows(2, STAGE)
    points = [s.encode(windows, STAGE)[0] for s in (tiny_space(), read_space(path))]
    assert np.array_equal(*points)
    write_space(tmp_path / "small", tiny_arrays(), CONFIG, "int8")
    assert np.abs(read_space(tmp_path / "small").encode(windows, STAGE)[0] - points[0]).max() < 0.3
    data = path.read_bytes()
    (tmp_path / "cut").write_bytes(data[:-8])
    with pytest.raises(BadFile):
        read_space(tmp_path / "cut")
    (tmp_path / "other").write_bytes(data.replace(b'latent\\":16', b'latent\\":17'))
    with pytest.raises(BadFile):
        read_space(tmp_path / "other")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"chords": [0], "latent": -1}', "null"])
def test_configs_of_something_else_are_refused(text):
    with pytest.raises(BadFile):
        SpaceConfig.from_json(text)
    assert SpaceConfig.from_json(CONFIG.to_json()) == CONFIG


def test_attributes_count_what_they_are_named_for():
    states = np.ones((3, 2, 6), int)
    states[0, :, 0] = FIRST_PITCH + 10  # on both beats
    states[1, 0, 3] = FIRST_PITCH + 20  # on the off-beat, held over the next beat
    states[1, 0, :3] = 0
    states[2] = 0
    values = attributes(Symbols(states, np.zeros_like(states)), np.ones((3, 2, 6), bool))
    assert values.tolist() == [[1, 10, 0], [0.5, 20, 0.5], [0, 0, 0]]


def test_a_direction_moves_its_own_attribute_and_no_other():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(4000, 8)) @ rng.normal(size=(8, 8))
    slopes = rng.normal(size=(8, 3))
    values = points @ slopes
    steps = directions(points, values)
    assert np.allclose(steps @ slopes / np.array(UNITS), np.eye(3), atol=0.05)


def test_sliding_keeps_the_frame_and_hands_back_own_notes_as_they_were():
    muted = Note(61, 0.25, 0.25, mute=True, id=7)
    clip = tune(SCALE).with_notes((muted, *tune(SCALE).notes))
    for name in SLIDERS:
        slid = slide(tiny_space(), clip, SlideWishes({name: 1.0}))
        assert slid.length_beats == clip.length_beats
        assert muted in slid.notes
        own = [note for note in slid.notes if note.origin == "kept"]
        assert all(note in clip.notes for note in own)
        sounding = sorted(
            (n for n in slid.notes if not n.mute), key=lambda n: (n.pitch, n.start_beats)
        )
        for first, second in pairwise(sounding):
            if first.pitch == second.pitch:
                assert second.start_beats >= first.end_beats - 1e-6


def _piece(clip: Clip, role: str = "lead") -> Piece:
    label = Label("openewld-pd", "a.mid", "a", key=PieceKey(2, False, 1.0), split="train")
    return Piece(label, (PiecePart(role, clip),))


def test_windows_hold_what_the_piece_plays_and_where():
    clip = tune([62, 64, 66, 67] * 8, 0.5, metre=Metre(3, 4))
    found = stacked(iter([_piece(clip)]), seed=0)
    assert len(found)
    assert set(found.home.tolist()) == {-2}
    row = int(((found.places >= 0).sum(1)).argmax())
    struck = found.tops[row][found.tops[row] >= 0]
    assert set(struck.tolist()) <= {62, 64, 66, 67}
    assert found.places[row][found.places[row] >= 0].tolist() in ([0, 1, 2, 7, 8, 9], [0, 1, 2])


def test_drums_and_pieces_without_beats_teach_nothing():
    assert not len(stacked(iter([_piece(replace(tune(ARCH), kind="drums"), "drums")]), 0))
    piece = _piece(tune(ARCH))
    assert not len(stacked(iter([replace(piece, label=replace(piece.label, grid="none"))]), 0))


def test_every_set_in_the_mix_may_train_what_ships():
    assert may_train()


def test_training_learns_and_writes_weights_that_are_read(tmp_path):
    need_torch()
    from models.melody_space.batches import Batches, common_shapes
    from models.melody_space.network import MelodyNetwork, loss
    from models.training.trainer import Plan, Task, Trainer

    clips = [tune([60, 64, 67, 72] * 8), tune([72, 67, 64, 60] * 8)]
    chords = tuple(Note(p, b, 1.0) for b in range(16) for p in (72, 69, 65))
    windows = stacked((_piece(c) for c in (*clips, Clip(chords, 16.0))), seed=0)
    known = common_shapes(windows)
    assert known == (0, 1 << 2 | 1 << 6)
    source = Batches(windows, known, 8)
    model = MelodyNetwork(replace(CONFIG, chords=known))
    task = Task(loss, source.batches_from, [next(source.batches_from(0))])
    plan = Plan(steps=25, learning_rate=0.01, warm_up=2, validate_every=25, checkpoint_every=25)
    ticks = iter(range(10_000))
    trainer = Trainer(model, task, plan, tmp_path, clock=lambda: float(next(ticks)))
    before = trainer.validate()
    trainer.run(lambda _: None)
    assert trainer.validate() < 0.7 * before


def test_batches_depend_on_their_number_alone():
    torch = need_torch()
    from models.melody_space.batches import Batches

    windows = stacked(iter([_piece(tune(SCALE))]), seed=0)
    source = Batches(windows, (0, MINOR), 4, seed=3)
    stream = source.batches_from(0)
    next(stream)
    second, again = next(stream), next(source.batches_from(1))
    assert torch.equal(second.tokens, again.tokens)
    assert second.number == again.number == 1
