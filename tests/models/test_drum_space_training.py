# SPDX-License-Identifier: Apache-2.0
"""The drum network in torch: the same numbers as in numpy, and a training that learns."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from drum_spaces import TINY, groove, random_arrays, random_space

torch = pytest.importorskip("torch")

from models.corpus.patterns import STYLES, pattern  # noqa: E402
from models.drum_space.card import own_names, own_path  # noqa: E402
from models.drum_space.config import LANE_COUNT, shapes  # noqa: E402
from models.drum_space.corrupt import Mix, hidden, kits, mixed  # noqa: E402
from models.drum_space.definition import DrumNetwork, Places  # noqa: E402
from models.drum_space.question import known  # noqa: E402
from models.drum_space.space import DrumSpace  # noqa: E402
from models.drum_space.train import Batches, loss  # noqa: E402
from models.drum_space.tune import Tuning, thawed, tune  # noqa: E402
from models.drum_space.twin import Twin  # noqa: E402
from models.drum_space.windows import Songs, read_song, template  # noqa: E402
from models.errors import BadFile  # noqa: E402
from models.examples import melody  # noqa: E402
from models.metre import Metre  # noqa: E402
from models.midi import song_of, write_midi  # noqa: E402
from models.percussion.hits import Hits  # noqa: E402


def network() -> tuple[DrumNetwork, Twin]:
    arrays = {name: a for name, a in random_arrays().items() if not name.startswith("space.")}
    net = DrumNetwork(TINY).eval()
    net.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return net, Twin(TINY, arrays)


def songs() -> Songs:
    rng = Random(1)
    made = [read_song(pattern(rng), "patterns") for _ in range(12)]
    return Songs([*made, read_song(groove(4), "groove"), read_song(groove(4, Metre(3, 4)), "own")])


def drawn(count: int, metre: Metre = Metre()) -> Hits:
    some = songs()
    return Hits.stacked(some.draw(Random(n), metre, 2)[0] for n in range(count))


def places(metre: Metre, bars: int, batch: int) -> tuple[object, Places]:
    frame = template(metre, bars)
    rows = (torch.from_numpy(getattr(frame, name)) for name in Places._fields)
    return frame, Places(*(row.expand(batch, *row.shape) for row in rows))


def test_names_and_shapes_are_those_of_the_config() -> None:
    found = {name: tuple(t.shape) for name, t in DrumNetwork(TINY).state_dict().items()}
    assert found == shapes(TINY)


@pytest.mark.parametrize("metre", [Metre(4, 4), Metre(7, 8)])
def test_numpy_gives_what_torch_gives(metre: Metre) -> None:
    net, twin = network()
    hits = drawn(3, metre)
    frame, where = places(metre, 2, 3)
    kit = np.arange(LANE_COUNT) != 3
    inputs = known(hits).inputs()
    with torch.no_grad():
        mean, spread = net.encoder(torch.from_numpy(inputs), where)
        steps = net.decoder(mean, where, torch.from_numpy(kit.astype(np.float32)).expand(3, -1))
        truth = torch.from_numpy(hits.hits.astype(np.float32))
        earlier = torch.tril(torch.ones(LANE_COUNT, LANE_COUNT), -1).expand(3, -1, -1)
        logits = net.lanes(steps, truth, earlier)
        touch = net.touch(steps, truth)
    found = twin.encode(inputs, frame)
    np.testing.assert_allclose(found[0], mean, atol=1e-5)
    np.testing.assert_allclose(found[1], spread, atol=1e-5)
    played = twin.steps(found[0], frame, kit)
    np.testing.assert_allclose(played, steps, atol=1e-5)
    bases = twin.lane_bases(played)
    heard = np.zeros_like(bases[..., 0, :])
    for lane in range(LANE_COUNT):
        np.testing.assert_allclose(twin.logit(lane, bases, heard), logits[..., lane], atol=1e-4)
        heard = heard + twin.known(lane, hits.hits[..., lane])
    loud, _, late, _ = twin.touch(played, hits.hits)
    np.testing.assert_allclose(loud, touch[0], atol=1e-5)
    np.testing.assert_allclose(late, touch[2], atol=1e-5)


def test_a_lane_hears_only_earlier_ones() -> None:
    net, _ = network()
    steps = torch.randn(1, 4, TINY.width)
    earlier = torch.tril(torch.ones(LANE_COUNT, LANE_COUNT), -1)[None]
    hits = torch.zeros(1, 4, LANE_COUNT)
    other = hits.clone()
    other[..., 5] = 1
    with torch.no_grad():
        change = (net.lanes(steps, hits, earlier) - net.lanes(steps, other, earlier)).abs()
    assert not change[..., :6].any()
    assert (change[..., 6:] > 0).all()


def test_a_batch_depends_on_its_number_alone() -> None:
    batches = Batches(songs(), 4, 8)
    first, again, other = batches[3], batches[3], batches[4]
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.tokens, again.tokens)
    assert first.inputs.shape != other.inputs.shape or not torch.equal(first.inputs, other.inputs)


def test_the_loss_falls() -> None:
    torch.manual_seed(0)
    net = DrumNetwork(TINY)
    batches = Batches(songs(), 0, 8, Mix(0, 0, 0, 0, 0, 0))
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    losses = []
    for number in range(20):
        total, weight = loss(net, batches[number])
        (total / weight).backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(total.detach() / weight))
    assert np.mean(losses[-5:]) < 0.6 * losses[0]


def test_mixing_keeps_hits_and_their_touch_together() -> None:
    hits = drawn(32)
    found = mixed(hits, Mix(1, 1, 1, 1, 1, 1), np.random.default_rng(0))
    assert (found.velocities[~found.hits] == 0).all()
    assert (found.velocities[found.hits] > 0).all()
    assert found.hits.any()


def test_hiding_hides_and_tells() -> None:
    hits = drawn(256)
    question = hidden(hits, Mix(hide=1), np.random.default_rng(0))
    tapping = question.tap[..., 0].any(axis=1)
    assert 20 < tapping.sum() < 80
    assert not question.lanes[tapping].any()
    assert (~question.velocities).sum() > 40
    thin = ~question.complete & ~tapping
    assert question.hits.hits[thin].sum() < hits.hits[thin].sum()
    allowed = kits(hits, np.random.default_rng(0))
    fewer = (hits.hits.any(axis=1) & ~allowed).any(axis=1).mean()
    assert 0.02 < fewer < 0.25


def test_every_style_makes_clips_of_its_tempo() -> None:
    rng = Random(3)
    seen = [pattern(rng) for _ in range(80)]
    assert {clip.name for clip in seen} == set(STYLES)
    for clip in seen:
        low, high = STYLES[clip.name][0]
        assert low <= clip.tempo_bpm <= high
        assert len(clip.playing()) == len(clip.notes) >= 16


def test_no_drums_are_refused() -> None:
    with pytest.raises(BadFile, match="no drums"):
        Songs([])


def test_a_folder_of_beats_becomes_a_space(tmp_path) -> None:
    for number in range(3):
        write_midi(song_of([groove(4, seed=number)]), tmp_path / f"{number}.mid")
    path = own_path(tmp_path / "spaces", "my beats")
    shares: list[float] = []
    digest = tune(random_space(), tmp_path, path, Tuning(steps=3), shares.append)
    space = DrumSpace.read(path, digest)
    assert shares[-1] == 1
    assert own_names(path.parent) == ("my beats",)
    assert space.card["files"] == "3"
    before = random_space().twin.arrays
    for name, array in thawed(space).state_dict().items():
        frozen = name.startswith("encoder")
        assert frozen == np.allclose(array, before[name], atol=0.05 if frozen else 1e-6), name


def test_a_folder_without_drums_is_refused(tmp_path) -> None:
    write_midi(song_of([melody()]), tmp_path / "song.mid")
    with pytest.raises(BadFile, match="0 bars of drums"):
        tune(random_space(), tmp_path, tmp_path / "out.safetensors", Tuning())
