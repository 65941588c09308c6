# SPDX-License-Identifier: Apache-2.0
"""The drum space: any metre, locked cells, kits, paths without a step back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drum_spaces import TINY, groove, random_arrays, random_space
from hypothesis import given, settings
from hypothesis import strategies as st

from models import weights
from models.clip import Clip
from models.drum_space.attributes import directions, measure, syncopation
from models.drum_space.card import own_names, own_path
from models.drum_space.config import LANE_COUNT, DrumConfig
from models.drum_space.frame import frame_of, windows
from models.drum_space.path import Ends, interpolate
from models.drum_space.question import as_tap, known, some_lanes, stiff, tapped
from models.drum_space.space import DrumSpace, Noise, Terms, slerp, stored_shapes
from models.errors import BadArgument, BadClip, BadFile
from models.metre import Metre
from models.percussion.hits import Hits, read_part
from models.percussion.lanes import KICK, SNARE
from models.percussion.steps import steps_of

ALL = np.ones(LANE_COUNT, bool)


def read(clip: Clip) -> tuple[Hits, object]:
    part = read_part(clip)
    return part.hits, frame_of(part.steps, clip.tempo_bpm)


def one(hits: Hits) -> Hits:
    return hits[None]


@pytest.mark.parametrize("metre", [(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (5, 32), (4, 2)])
@pytest.mark.parametrize("bars", [1, 2])
def test_windows_of_any_metre_are_read_and_written(metre: tuple[int, int], bars: int) -> None:
    hits, frame = read(groove(bars, Metre(*metre)))
    space = random_space()
    point, spread = space.encode(known(one(hits)), frame)
    noise = Noise.drawn(np.random.default_rng(1), len(frame))
    found = space.decode(point, frame, Terms(ALL), noise)
    assert point.shape == spread.shape == (1, TINY.latent)
    assert found.hits.shape == (1, *hits.hits.shape)
    assert np.isfinite(found.velocities).all()
    assert ((found.velocities > 0) == found.hits).all()
    assert (np.abs(found.offsets) <= 0.5).all()


def test_a_window_is_at_most_two_bars() -> None:
    with pytest.raises(BadClip, match="too long"):
        frame_of(steps_of(groove(3)), 120.0)


def test_a_clip_is_cut_into_windows_at_its_bar_lines() -> None:
    def cut(clip: Clip) -> list[tuple[int, int]]:
        return [(part.start, part.stop) for part in windows(steps_of(clip))]

    assert cut(groove(5)) == [(0, 32), (32, 64), (64, 80)]
    assert cut(groove(3, Metre(5, 4))) == [(0, 40), (40, 60)]
    assert cut(groove(2, Metre(9, 4))) == [(0, 36), (36, 72)]
    assert cut(groove(1, Metre(20, 4))) == [(0, 64), (64, 80)]
    assert cut(replace(groove(2), loop_start_beats=3.0)) == [(0, 20)]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_fixed_cells_and_missing_lanes_are_respected(seed: int, temperature: float) -> None:
    rng = np.random.default_rng(seed)
    hits, frame = read(groove(seed=seed))
    kit = rng.random(LANE_COUNT) < 0.7
    fixed = rng.random(hits.hits.shape) < 0.4
    fixed[:, KICK] = True
    terms = Terms(kit, fixed, hits, temperature=temperature)
    points = rng.normal(size=(3, TINY.latent)).astype(np.float32)
    found = random_space().decode(points, frame, terms, Noise.drawn(rng, 3, len(frame)))
    for row in range(3):
        assert found[row].same_as(hits)[fixed].all()
        assert not found.hits[row][~fixed & ~kit].any()


def test_what_is_given_changes_what_else_is_struck() -> None:
    hits, frame = read(groove())
    space, rng = random_space(), np.random.default_rng(0)
    point = rng.normal(size=(1, TINY.latent)).astype(np.float32)
    noise = Noise.drawn(rng, len(frame))
    cells = np.zeros_like(hits.hits)
    cells[:, -1] = True  # the lane that comes last when none is given
    struck = Hits(cells, cells.astype(np.float32), np.zeros(cells.shape, np.float32))
    silent = Hits.silent(len(frame))
    loud, quiet = (
        space.decode(point, frame, Terms(ALL, cells, g), noise) for g in (struck, silent)
    )
    assert (loud.hits[0, :, :-1] != quiet.hits[0, :, :-1]).any()


def test_one_noise_and_one_point_give_one_pattern() -> None:
    _, frame = read(groove())
    space, rng = random_space(), np.random.default_rng(3)
    point = rng.normal(size=(1, TINY.latent)).astype(np.float32)
    noise = Noise.drawn(rng, len(frame))
    found = space.decode(np.repeat(point, 4, axis=0), frame, Terms(ALL), noise)
    assert (found.hits == found.hits[:1]).all()
    np.testing.assert_allclose(found.velocities, found.velocities[:1].repeat(4, axis=0), atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.sampled_from([(4, 4), (7, 8)]))
def test_a_path_begins_and_ends_with_its_patterns_and_never_turns_back(
    seed: int, count: int, metre: tuple[int, int]
) -> None:
    start, frame = read(groove(metre=Metre(*metre), seed=seed))
    end, _ = read(groove(metre=Metre(*metre), seed=seed + 1))
    ends = Ends(start, end, frame, np.zeros(LANE_COUNT, bool))
    path = interpolate(random_space(), ends, count, np.random.default_rng(seed))
    assert len(path) == count
    assert path[0].same_as(start).all()
    assert path[-1].same_as(end).all()
    to_start = [int((p.hits != start.hits).sum()) for p in path]
    to_end = [int((p.hits != end.hits).sum()) for p in path]
    assert to_start == sorted(to_start)
    assert to_end == sorted(to_end, reverse=True)
    used = (start.hits | end.hits).any(axis=0)
    assert not any(p.hits[:, ~used].any() for p in path)


def test_questions_tell_silence_from_ignorance() -> None:
    hits, _ = read(groove())
    batch = one(hits)
    everything, flat = known(batch).inputs(), stiff(batch).inputs()
    cells = slice(0, 3 * LANE_COUNT)
    assert (flat[..., cells][..., 1::3][hits.hits[None]] == np.float32(0.75)).all()
    assert not flat[..., cells][..., 2::3].any()
    assert (everything[..., cells][..., 0::3] == hits.hits).all()
    few = some_lanes(batch, np.arange(LANE_COUNT) == KICK).inputs()
    assert not few[..., 3:27].any()
    assert (few[..., 30:39] == (np.arange(LANE_COUNT) == KICK)).all()


def test_a_tap_keeps_the_rhythm_and_forgets_the_lanes() -> None:
    hits, _ = read(groove())
    question = as_tap(one(hits))
    assert (question.tap[0, :, 0] == hits.hits.any(axis=-1)).all()
    np.testing.assert_array_equal(question.tap[0, :, 1], hits.velocities.max(axis=-1))
    assert not question.hits.hits.any()
    assert not question.lanes.any()
    same = tapped(*(question.tap[..., n] for n in range(3)))
    np.testing.assert_array_equal(same.inputs(), question.inputs())


def test_the_arc_keeps_ends_and_lengths() -> None:
    start, end = np.array([2.0, 0], np.float32), np.array([0, 4.0], np.float32)
    np.testing.assert_allclose(slerp(start, end, 0), start, atol=1e-6)
    np.testing.assert_allclose(slerp(start, end, 1), end, atol=1e-6)
    assert np.linalg.norm(slerp(start, end, 0.5)) == pytest.approx(3)
    np.testing.assert_allclose(slerp(start, -start, 0.5), 0, atol=1e-6)
    np.testing.assert_allclose(slerp(0 * start, end, 0.5), [0, 2])


def test_points_on_the_way_are_as_far_as_asked() -> None:
    space, rng = random_space(), np.random.default_rng(5)
    point = rng.normal(size=TINY.latent).astype(np.float32)
    aims = space.aims(rng, 32, point)
    away = [
        np.mean([np.linalg.norm(slerp(point, aim, a) - point) for aim in aims])
        for a in (0, 0.2, 0.5, 1)
    ]
    assert away[0] == pytest.approx(0, abs=1e-5)
    assert away == sorted(away)


def test_attributes_are_what_they_say() -> None:
    plain, frame = read(groove(seed=4))
    louder = replace(plain, velocities=np.minimum(1, plain.velocities * 1.2))
    sparse = Hits(
        *(a * (np.arange(LANE_COUNT) != 2) for a in (plain.hits, plain.velocities)), plain.offsets
    )
    base = measure(plain, frame)
    assert measure(louder, frame)[2] > base[2]
    assert measure(sparse, frame)[0] < base[0]
    struck = np.zeros((16, LANE_COUNT), bool)
    strengths = steps_of(groove(1)).strengths
    struck[0, KICK] = struck[4, SNARE] = True
    assert syncopation(struck, strengths) == 0
    struck[7, SNARE] = True  # before an empty half bar
    assert syncopation(struck, strengths) == 0.75
    struck[8, SNARE] = True
    assert syncopation(struck, strengths) == 0


def test_directions_change_one_attribute_and_leave_the_others() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(4000, 8)).astype(np.float32)
    truth = rng.normal(size=(8, 3))
    truth[:, 1] = 0.8 * truth[:, 0] + 0.2 * truth[:, 1]  # two that go together
    measured = points @ truth
    ways = directions(points, measured.astype(np.float32))
    effect = ways @ truth / measured.std(axis=0)
    np.testing.assert_allclose(effect, np.eye(3), atol=0.1)


def test_a_space_is_stored_and_read(tmp_path) -> None:
    path = tmp_path / "drums.safetensors"
    arrays = random_arrays()
    packed = weights.packed(arrays, stored_shapes(TINY), "int8")
    digest = weights.write_stored(path, packed, {"kind": "test", "config": TINY.to_json()})
    space = DrumSpace.read(path, digest)
    assert space.card == {"kind": "test"}
    assert space.twin.config == TINY
    exact, frame = random_space(), frame_of(steps_of(groove()), 120.0)
    question = known(one(read(groove())[0]))
    near = space.encode(question, frame)[0]
    np.testing.assert_allclose(near, exact.encode(question, frame)[0], atol=0.1)


@pytest.mark.parametrize("text", ["", "{}x", '{"width": 15}', '{"width": "1"}', '{"what": 1}'])
def test_a_config_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        DrumConfig.from_json(text)


def test_the_network_that_ships_has_the_size_it_should() -> None:
    assert 1_000_000 < DrumConfig().parameters < 1_500_000


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "dot.", "x" * 65])
def test_a_name_that_could_be_no_files_is_refused(name: str, tmp_path) -> None:
    with pytest.raises(BadArgument, match="letters"):
        own_path(tmp_path, name)
    assert own_names(tmp_path / "absent") == ()
