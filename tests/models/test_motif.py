# SPDX-License-Identifier: Apache-2.0
"""What motif writes is musical in ways that can be counted, and its errors say what to do."""

from dataclasses import replace

import pytest
from show import show

from models import examples
from models.clip import Clip, Note, Scale
from models.engine import Progress, Request
from models.engines.motif import Motif
from models.engines.motif.grid import BarGrid, best_division
from models.engines.motif.plan import lag_weights
from models.engines.motif.ppm import Ppm
from models.engines.motif.score import read_score, sounding
from models.engines.motif.space import pitch_space
from models.engines.motif.study import LoopBars
from models.errors import BadArgument, BadClip
from models.metre import Metre, MetreChange

ARGS = {
    "bars": 4,
    "adventure": 0.5,
    "density": 1.0,
    "low_pitch": None,
    "high_pitch": None,
    "scale_lock": True,
    "similarity": 0.5,
    "amount": 0.5,
    "lock": (),
    "lock_ids": (),
}


def tune(pitches=(60, 62, 64, 67, 65, 64, 62, 59) * 4, step=0.5, metre=Metre(), **frame):
    notes = tuple(Note(p, i * step, step * 0.9, 90.0) for i, p in enumerate(pitches))
    return Clip(notes, len(pitches) * step, metre=metre, **frame)


def groove():
    notes = []
    for bar in range(4):
        at = bar * 4.0
        notes += [Note(36, at, 0.1, 112), Note(36, at + 2.5, 0.1, 104)]
        notes += [Note(38, at + beat + 0.02, 0.1, 115) for beat in (1, 3)]
        notes += [Note(42, at + eighth / 2, 0.1, 80 - 20 * (eighth % 2)) for eighth in range(8)]
    return Clip(tuple(notes), 16.0, kind="drums")


def ask(command, clip, seed=1, takes=1, **args):
    *_, result = Motif().generate(Request(command, (clip,), {**ARGS, **args}, seed, takes))
    return [answer.parts[0] for answer in result.answers]


def test_full_similarity_without_adventure_repeats_the_loop():
    source = tune()
    (found,) = ask("continue", source, adventure=0.0, similarity=1.0)
    same = {(n.pitch, n.start_beats) for n in source.notes}
    here = {(n.pitch, n.start_beats) for n in found.notes}
    assert len(same & here) > 0.8 * len(same)


@pytest.mark.parametrize("metre", [Metre(), Metre(7, 8)])
def test_a_continuation_is_more_than_a_repeat(metre):
    source = (
        tune((40, 40, 43, 40, 45, 46, 45) * 2, metre=metre) if metre.denominator == 8 else tune()
    )
    for seed in range(12):
        (found,) = ask("continue", source, seed)
        assert [n.pitch for n in found.notes] != [n.pitch for n in source.notes]


def test_more_adventure_copies_less():
    source = tune()
    same = {(n.pitch, n.start_beats) for n in source.notes}

    def copied(**shape):
        takes = [ask("continue", source, seed, **shape)[0] for seed in range(8)]
        return sum(len(same & {(n.pitch, n.start_beats) for n in take.notes}) for take in takes)

    assert copied(adventure=0.0, similarity=1.0) > 1.5 * copied(adventure=1.0, similarity=0.0)


@pytest.mark.parametrize("density", [0.25, 0.5, 2.0])
def test_density_is_relative_to_the_source(density):
    source = tune()
    counts = [
        len(ask("continue", source, seed, density=density)[0].notes) / len(source.notes)
        for seed in range(6)
    ]
    assert sum(counts) / 6 == pytest.approx(density, rel=0.25)


def test_off_beats_stay_where_the_player_put_them():
    swung = tuple(
        Note(60 + i % 5, i // 2 + (0.62 if i % 2 else 0.0), 0.3, 70.0 if i % 2 else 110.0)
        for i in range(32)
    )
    (found,) = ask("continue", Clip(swung, 16.0))
    places = {round(n.start_beats % 1, 6) for n in found.notes}
    assert places <= {0.0, 0.62}
    assert all(n.velocity == (70.0 if n.start_beats % 1 else 110.0) for n in found.notes)


def test_a_triplet_line_gets_a_triplet_grid_and_a_loose_one_sixteenths():
    assert best_division([i / 3 for i in range(12)], [Metre()]) in {3, 6}
    loose = [i / 4 + 0.02 * (-1) ** i for i in range(32)]
    assert best_division(loose, [Metre()]) == 4
    assert best_division([0.0, 0.5, 1.75], [Metre(7, 8)]) == 4


def test_bars_are_numbered_across_a_change_of_metre():
    clip = Clip((), 20.0, metre_changes=(MetreChange(8.0, Metre(3, 4)),))
    grid = BarGrid(clip, 4)
    assert [grid.bar_at(t) for t in (-1.0, 0.0, 7.9, 8.0, 11.0, 14.5)] == [-1, 0, 1, 2, 3, 4]
    assert [grid.start_beats(b) for b in (0, 1, 2, 3)] == [0.0, 4.0, 8.0, 11.0]
    assert grid.snap(7.99) == (2, 0)


def test_a_change_of_metre_after_the_loop_is_not_followed():
    source = tune(metre_changes=(MetreChange(16.0, Metre(3, 4)),))
    (found,) = ask("continue", source)
    assert found.length_beats == 16.0
    assert found.metre == Metre()
    assert max(n.start_beats for n in found.notes) > 12.0


def test_a_part_that_has_just_come_in_does_not_fall_silent():
    notes = tuple(Note(60 + i % 4, 16.0 + i * 0.5, 0.4) for i in range(32))
    clip = Clip(notes, 32.0)
    space = pitch_space(clip, notes, ARGS)
    *_, score = read_score(clip, sounding(clip), space)
    weights = lag_weights(score, LoopBars(0, 8, 8))
    assert weights[8] < 0.01 * weights[4]


def test_ppm_prefers_the_longest_context_and_leaves_room_for_the_unseen():
    ppm = Ppm()
    text = "abracadabra"
    for i, letter in enumerate(text):
        ppm.learn([text[max(0, i - k) : i] for k in (2, 1, 0)], letter)
    shares, mass = ppm.spread(["br", "r", ""])
    assert max(shares, key=shares.get) == "a"
    assert sum(shares.values()) + mass == pytest.approx(1.0)
    assert ppm.probability(["br", "r", ""], "z", 1 / 26) == pytest.approx(mass / 26)


def test_only_pads_of_the_kit_and_locked_lanes_stay():
    source = groove()
    for seed in range(5):
        (found,) = ask("vary", source, seed, amount=1.0, lock=(36,))
        assert {n.pitch for n in found.notes} <= {36, 38, 42}
        assert [n for n in found.notes if n.pitch == 36] == [
            n for n in source.notes if n.pitch == 36
        ]


def test_a_fill_closes_the_last_bar():
    takes = [ask("vary", groove(), seed, amount=1.0)[0] for seed in range(4)]
    late = [n for take in takes for n in take.notes if n.start_beats >= 14 and n.origin == "new"]
    assert sum(n.pitch == 38 for n in late) >= 8


@pytest.mark.parametrize(("amount", "low", "high"), [(0.2, 0.02, 0.4), (1.0, 0.6, 1.0)])
def test_amount_is_about_the_share_that_changes(amount, low, high):
    for source in (tune(), groove()):
        shares = []
        for seed in range(6):
            (found,) = ask("vary", source, seed, amount=amount)
            kept = [n for n in found.notes if n.origin == "kept"]
            shares.append(1 - len(kept) / len(source.notes))
        assert low <= sum(shares) / len(shares) <= high


def test_equal_bars_mostly_stay_equal_in_a_variation():
    (found,) = ask("vary", groove(), amount=0.6)
    bars = [
        {(n.pitch, round(n.start_beats % 4, 3)) for n in found.notes if n.start_beats // 4 == bar}
        for bar in range(3)
    ]
    assert bars[0] == bars[1] or bars[1] == bars[2] or bars[0] == bars[2]


def test_takes_are_ranked_and_partials_follow_the_ranking():
    assert len(ask("continue", tune(), takes=6)) == 6
    alone = Clip((Note(60, 0.0, 1.0),), 4.0)
    *_, result = Motif().generate(
        Request("continue", (alone,), {**ARGS, "bars": 1, "adventure": 0.0}, 1, 16)
    )
    assert len(result.answers) == 16 or "takes" in result.degraded[0]


def test_an_out_of_reach_range_is_folded_by_octaves():
    (found,) = ask("continue", tune(), low_pitch=36, high_pitch=47)
    assert {n.pitch for n in found.notes} <= set(range(36, 48))
    assert {n.pitch % 12 for n in found.notes} <= {n.pitch % 12 for n in tune().notes}


def test_the_clips_scale_wins():
    source = tune(scale=Scale(9, (0, 3, 5, 7, 10), "A minor pentatonic"))
    (found,) = ask("continue", source)
    assert {n.pitch % 12 for n in found.notes} <= {9, 0, 2, 4, 7}


def test_nothing_to_learn_from_is_said():
    with pytest.raises(BadClip, match="no sounding note"):
        ask("continue", Clip((Note(60, 0.0, 1.0, mute=True),), 4.0))


@pytest.mark.parametrize("span", [(2.0, 2.0), (3.0, 1.0), (-8.0, 2.0), (15.0, 17.0)])
def test_a_span_outside_the_clip_is_refused_with_the_clips_own(span):
    with pytest.raises(BadArgument, match="between beat 0 and beat 16"):
        ask("infill", tune(), from_beats=span[0], to_beats=span[1])


@pytest.mark.parametrize("span", [(2.0, 2.0), (3.0, 1.0)])
def test_a_span_that_ends_before_it_starts_is_called_so(span):
    with pytest.raises(BadArgument, match="does not come before its end") as caught:
        ask("infill", tune(), from_beats=span[0], to_beats=span[1])
    assert caught.value.where == "to_beats"


def test_an_impossible_range_is_refused():
    with pytest.raises(BadArgument, match="swap"):
        ask("continue", tune(), low_pitch=70, high_pitch=60)
    with pytest.raises(BadArgument, match="scale_lock"):
        ask("continue", tune(), low_pitch=61, high_pitch=61)


def test_everything_locked_comes_back_and_says_so():
    source = groove()
    *_, result = Motif().generate(Request("vary", (source,), {**ARGS, "lock": (36, 38, 42)}, 1, 1))
    assert result.answers[0].parts[0] == source
    assert result.degraded


def test_a_huge_clip_is_read_in_small_steps():
    notes = tuple(Note(36 + i * 7 % 60, i * 0.25, 0.25) for i in range(20_000))
    request = Request("continue", (Clip(notes, 5000.0),), ARGS, 1, 1)
    events = list(Motif().generate(request))
    assert len([e for e in events if isinstance(e, Progress)]) > 100
    assert "20000 notes" in events[-1].degraded[0]


def new_notes(clip):
    return tuple((n.pitch, round(n.start_beats, 2)) for n in clip.notes if n.origin != "kept")


@pytest.mark.parametrize(("span", "least"), [((0.0, 2.0), 5), ((4.0, 6.0), 5), ((4.0, 8.0), 8)])
def test_other_seeds_fill_a_hole_in_other_ways(span, least):
    source = examples.melody()
    takes = [
        ask("infill", source, seed, from_beats=span[0], to_beats=span[1])[0] for seed in range(10)
    ]
    assert len({new_notes(take) for take in takes}) >= least
    assert all(new_notes(take) for take in takes)


def test_a_hole_is_not_filled_with_what_it_held():
    source = examples.chord_pad()
    old = {n.pitch for n in source.notes if n.start_beats < 4.0}
    for seed in range(6):
        (found,) = ask("infill", source, seed, from_beats=0.0, to_beats=4.0)
        assert {pitch for pitch, _ in new_notes(found)} != old


def test_a_groove_goes_on_as_dense_with_its_turnaround_and_backbeat_but_not_the_same():
    source = examples.drum_groove()
    takes = [ask("continue", source, seed)[0] for seed in range(10)]
    per_take = sum(len(take.notes) for take in takes) / len(takes)
    assert per_take == pytest.approx(2 * len(source.notes), rel=0.05)
    for take in takes:
        hits = {(n.pitch, round(n.start_beats * 4) / 4) for n in take.notes}
        assert {(46, 7.5), (46, 15.5)} <= hits, show(take)
        assert {(38, float(beat)) for beat in range(1, 16, 2)} <= hits, show(take)
    assert len({new_notes(take) for take in takes}) == len(takes)


def test_more_adventure_changes_more_of_a_groove():
    same = {(n.pitch, n.start_beats % 4.0) for n in groove().notes}

    def strange(adventure):
        takes = [ask("continue", groove(), seed, adventure=adventure)[0] for seed in range(8)]
        return sum((n.pitch, n.start_beats % 4.0) not in same for t in takes for n in t.notes)

    assert strange(1.0) > 1.5 * strange(0.0)


def test_a_machine_that_always_hits_as_hard_goes_on_so():
    notes = tuple(Note(36 if i % 4 == 0 else 42, i / 2, 0.2, 100.0) for i in range(32))
    (found,) = ask("continue", Clip(notes, 16.0, kind="drums"), similarity=0.9)
    kicks = [n.velocity for n in found.notes if n.pitch == 36 and n.start_beats % 2 == 0]
    assert kicks.count(100.0) >= 7


def test_flams_are_copied():
    hits = [Note(38, bar * 4 + beat + off, 0.02) for bar in range(4) for beat in range(4)
            for off in (0.0, 0.03)]  # fmt: skip
    source = Clip(tuple(hits), 16.0, kind="drums")
    (found,) = ask("continue", source, similarity=1.0)
    assert len(found.notes) == len(source.notes)


E8 = [(42, i / 2, 90.0) for i in range(8)]
KICK = [(36, 0.0, 110.0), (36, 2.0, 110.0)]
SNARE = [(38, 1.0, 112.0), (38, 3.0, 112.0)]


@pytest.mark.parametrize(
    ("rows", "lock"),
    [(KICK + E8, (36,)), (KICK + E8, (42,)), (KICK + SNARE + E8, (36, 42)), (KICK, ()), (E8, ())],
)
@pytest.mark.parametrize("amount", [0.1, 0.5])
def test_vary_changes_something_in_the_open_lanes(rows, lock, amount):
    notes = tuple(Note(pitch, start, 0.25, velocity) for pitch, start, velocity in rows)
    source = Clip(notes, 4.0, kind="drums")
    for seed in range(10):
        (found,) = ask("vary", source, seed, lock=lock, amount=amount)
        assert found.notes != source.notes
        assert [n for n in found.notes if n.pitch in lock] == [
            n for n in source.notes if n.pitch in lock
        ]


def test_vary_changes_a_melody_with_one_lock():
    source = examples.melody()
    for seed in range(10):
        (found,) = ask("vary", source, seed, amount=0.05, lock=(62,))
        assert new_notes(found)


def test_a_variation_leaves_the_scale_only_with_the_users_own_pitches():
    plain = tune(tuple(range(60, 72)) * 2, scale=Scale(0, (0, 2, 4, 5, 7, 9, 11), "Major"))
    chromatic = plain.with_notes(replace(n, id=i) for i, n in enumerate(plain.notes))
    home = chromatic.scale.pitch_classes
    own = {n.id: n.pitch for n in chromatic.notes if n.pitch % 12 not in home}
    for seed in range(8):
        (found,) = ask("vary", chromatic, seed, amount=1.0, adventure=1.0)
        outside = {n.id: n.pitch for n in found.notes if n.pitch % 12 not in home}
        assert outside.items() <= own.items()


@pytest.mark.parametrize("kind", ["melodic", "drums"])
def test_a_note_of_a_moment_goes_on(kind):
    source = Clip((Note(0, 0.0, 1 / 480, 1.0, probability=0.0),), 3.0, kind=kind)
    assert all(ask("continue", source, seed)[0].notes for seed in range(5))
