# SPDX-License-Identifier: Apache-2.0
"""The performer's inside: places, recordings, network, draws, weight file."""

import math
from dataclasses import replace

import numpy as np
import pytest
from performers import SMALL, TIED, played, takes, untrained

from models.errors import BadFile
from models.metre import Metre, MetreChange
from models.midi import song_of, write_midi
from models.performer.columns import NONE, STYLES, columns_of, joined
from models.performer.config import PerformerConfig, shapes
from models.performer.groove_midi import groove_takes
from models.performer.mixtures import Mixtures, normal, standard
from models.performer.places import places_of
from models.performer.playing import play
from models.performer.stored import Ties, Traits, read_weights, write_weights
from models.performer.takes import drum_take
from models.performer.ties import draws, measured
from models.performer.vienna import performance, vienna_takes


def pattern(count=12, sequence=0):
    return columns_of(
        np.arange(count) // 2 / 2.0,
        sequence=np.full(count, sequence),
        lane=np.arange(count) % 2,
        pitch=36.0 + np.arange(count) % 2,
    )


def test_each_beat_is_divided_as_it_is_played():
    onsets = np.array([0.0, 0.26, 0.49, 0.74, 1.01, 1.34, 1.66, 2.0, 2.125, 3.98])
    places = places_of(onsets, Metre())
    expected = [0, 0.25, 0.5, 0.75, 1, 4 / 3, 5 / 3, 2, 2.125, 4]
    assert places.time_beats.tolist() == pytest.approx(expected)
    assert places.bar[-1] == 1
    assert places.place_beats[-1] == 0
    nearest = places_of(onsets, Metre(), nearest=True)
    assert (nearest.time_beats * 4).tolist() == pytest.approx(np.floor(onsets * 4 + 0.5).tolist())


def test_bars_are_counted_through_changes_of_metre_and_pickups():
    changes = (MetreChange(3.5, Metre(3, 4)),)
    places = places_of(np.array([-0.5, 0.0, 3.0, 3.5, 6.4999, 9.5]), Metre(7, 8), changes)
    assert places.bar.tolist() == [-1, 0, 0, 1, 2, 3]
    assert places.place_beats.tolist() == pytest.approx([3, 0, 3, 0, 0, 0])
    assert places.bar_beats.tolist() == [3.5, 3.5, 3.5, 3, 3, 3]


def test_a_recording_keeps_the_loudest_hit_of_a_place_and_says_how_late_it_is():
    clip = played(1, tempo_bpm=120.0)
    double = replace(clip.notes[0], pitch=44, velocity=127.0)
    nearest, _ = drum_take(clip.with_notes((*clip.notes, double)), {36: 0, 42: 2, 44: 2}, "polka")
    hats = nearest.notes.lane == 2
    assert hats.sum() == 8
    assert nearest.velocity[hats][0] == 1.0
    assert nearest.offset_ms[hats][1] == pytest.approx((clip.notes[1].start_beats - 0.5) * 500)
    assert set(nearest.notes.lane.tolist()) == {0, 2, 9}
    assert set(nearest.notes.style.tolist()) == {NONE}


def line(pitch, eighth, ticks):
    """A note of the score that lasts an eighth, and when it was played."""
    step, octave = "CxDxEFxGxAxB"[pitch % 12], pitch // 12 - 1
    return (
        f"snote(n1,[{step},n],{octave},1:1,0,1/8,{eighth:.4f},{eighth + 1:.4f},[v1])"
        f"-note(n1,{pitch},{ticks},{ticks + 400},64,0,0)."
    )


def test_a_pianists_rubato_is_taken_out_and_the_spread_of_chords_stays():
    rows = ["info(midiClockUnits,480).", "info(midiClockRate,500000)."]
    rows.append("scoreprop(timeSignature,6/8,1:1,0,0.0).")
    for n in range(24):  # eighths that slow down; the upper note comes 20 ticks early
        ticks = 480 + 240 * n + 3 * n * n
        rows += [line(76, n, ticks), line(48, n, ticks + 20)]
    rows.append(line(67, 3, 900).replace("[v1]", "[v1,grace]"))
    rows.append("snote(n9,[G,n],4,1:1,0,1/4,1.0,2.0,[v1])-deletion.")
    found = performance("\n".join(rows))
    assert len(found) == 48
    assert found.notes.time_beats.max() == 11.5  # eighths of 6/8 in beats
    assert set(found.notes.bar_beats.tolist()) == {3.0}
    upper = found.notes.pitch > 60
    gap_ms = found.offset_ms[~upper] - found.offset_ms[upper]
    assert gap_ms == pytest.approx(20 * 500 / 480, abs=0.1)
    assert np.abs(found.offset_ms).max() < 30


def test_sequences_do_not_hear_each_other():
    network = untrained().network
    first, second = pattern(12), pattern(8)
    both = network(joined([first, second.telling(tempo_bpm=90.0)]))
    assert both.offset_ms[:12] == pytest.approx(network(first).offset_ms, abs=1e-3)
    assert both.offset_ms[12:] == pytest.approx(
        network(second.telling(tempo_bpm=90.0)).offset_ms, abs=1e-3
    )


def test_numpy_and_torch_answer_the_same():
    torch = pytest.importorskip("torch")
    from models.performer.definition import Performer, batch_of, mixture_nats
    from models.performer.features import features
    from models.performer.takes import Played

    table = joined([pattern(12), pattern(7), pattern(1).telling(lane=NONE)])
    weights = untrained(loud=0.3)
    model = Performer(SMALL).eval()
    assert {n: tuple(t.shape) for n, t in model.state_dict().items()} == shapes(SMALL)
    model.load_state_dict({n: torch.from_numpy(a) for n, a in weights.network.arrays.items()})
    targets = np.linspace(-30, 30, len(table))
    batch = batch_of(Played(table, targets, np.full(len(table), 0.5)))
    with torch.no_grad():
        answer = model(batch)
        nats = mixture_nats(answer[:, 2:17], batch.offset)
    raw = weights.network.raw(features(table))
    assert raw == pytest.approx(answer.numpy(), abs=1e-5)
    # The density of torch's mixture is the slope of numpy's distribution.
    mixtures = weights.network(table).offsets_ms
    slope = (mixtures.below(targets + 0.01) - mixtures.below(targets - 0.01)) / (0.02 / 20)
    assert np.log(slope) == pytest.approx(-nats.numpy(), abs=1e-3)


def test_the_normal_distribution_and_its_inverse():
    values = np.linspace(-5, 5, 41)
    assert normal(values) == pytest.approx([math.erfc(-v / 2**0.5) / 2 for v in values], abs=1e-7)
    assert standard(normal(values[8:-8])) == pytest.approx(values[8:-8], abs=1e-4)


def test_a_mixture_is_drawn_between_its_limits_as_its_share_says():
    rows = 5
    mixtures = Mixtures(
        np.full((rows, 2), 0.5), np.tile([-10.0, 10.0], (rows, 1)), np.full((rows, 2), 2.0)
    )
    low, high = np.full(rows, -20.0), np.full(rows, 5.0)
    shares = np.linspace(0, 1, rows)
    values = mixtures.at(shares, low, high)
    assert (np.diff(values) > 0).all()
    assert ((values >= low) & (values <= high)).all()
    inside = mixtures.scores(values, low, high)[1:-1]
    assert normal(inside) == pytest.approx(shares[1:-1], abs=1e-5)


def test_draws_go_together_as_measured_and_each_stays_normal():
    table = joined([pattern(80).telling(tempo_bpm=100.0) for _ in range(300)])
    scores = draws(table, TIED, np.random.default_rng(0))
    assert scores.mean() == pytest.approx(0, abs=0.05)
    assert scores.std() == pytest.approx(1, abs=0.05)
    found = measured(table, scores)
    assert found.event == pytest.approx(TIED.event, abs=0.06)
    assert found.drift == pytest.approx(TIED.drift, abs=0.06)
    assert found.drift_beats == pytest.approx(TIED.drift_beats, rel=0.3)
    alone = measured(table, draws(table, Ties(), np.random.default_rng(1)))
    assert alone.event + alone.drift < 0.05


@pytest.mark.parametrize("mode", ["median", "sample"])
def test_what_is_told_is_played_as_told(mode):
    table = pattern().telling(known_ms=7.5, hint=0.3, exact=True)
    offset_ms, velocity = play(untrained(), table, mode)
    assert set(offset_ms.tolist()) == {7.5}
    assert set(velocity.tolist()) == {0.3}


def test_offsets_stay_within_half_a_step():
    offset_ms, velocity = play(untrained(loud=3.0), pattern(), "sample", 3)
    assert np.abs(offset_ms).max() <= 62.5
    assert ((velocity >= 0) & (velocity <= 1)).all()


@pytest.mark.parametrize("storage", ["fp16", "int8"])
def test_weights_are_written_and_read(tmp_path, storage):
    weights = untrained()
    path = tmp_path / "w.safetensors"
    digest = write_weights(path, weights.network, weights.traits, {"made": "today"}, storage)
    again = read_weights(path, digest)
    assert again.traits == weights.traits
    assert again.card == {"made": "today"}
    for name, array in weights.network.arrays.items():
        assert again.network.arrays[name] == pytest.approx(array, abs=0.02)


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"lead_ms": "x"}', '{"lead_ms": 1, "more": {}}', "x"]
)
def test_strange_traits_are_refused(text):
    with pytest.raises(BadFile):
        Traits.from_json(text)


@pytest.mark.parametrize(
    "text", ["", "{}x", '{"hidden": 0}', '{"hidden": 10000}', '{"note_features": 3}', '{"x": 1}']
)
def test_strange_configs_are_refused(text):
    with pytest.raises(BadFile):
        PerformerConfig.from_json(text)


def test_training_learns_a_drummer_and_goes_on_where_it_stopped(tmp_path):
    pytest.importorskip("torch")
    from models.performer import train as trainer

    def run(folder, steps):
        line = ["x", "-o", str(folder), "--steps", str(steps), "--every", "20", "--bars", "8"]
        options = trainer._parser().parse_args([*line, "--hidden", "8", "--warm-up", "1"])
        return trainer.train(options, takes(), [])

    run(tmp_path, 40)
    whole, rounded = (read_weights(path) for path in run(tmp_path, 60))
    weights = whole
    assert weights.card["steps"] == "60"
    losses = [float(row.split(",")[2]) for row in (tmp_path / "loss.csv").read_text().split()[1:]]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    assert abs(weights.traits.lead_ms) < 10
    assert rounded.traits == whole.traits


def test_takes_are_read_from_a_folder_with_their_split(tmp_path):
    write_midi(song_of([played(2, tempo_bpm=90.0)]), tmp_path / "a.mid")
    (tmp_path / "info.csv").write_text(
        "drummer,style,time_signature,midi_filename,split\n"
        "drummer3,funk/groove1,4-4,a.mid,test\n"
        "drummer3,rock,6-8,b.mid,train\n"
    )
    (take,) = groove_takes(tmp_path)
    assert (take.player, take.split) == ("drummer3", "test")
    assert len(take.nearest) == 24
    assert take.nearest.notes.tempo_bpm[0] == pytest.approx(90, abs=0.01)
    assert {STYLES[n] for n in take.nearest.notes.style} == {"funk"}


def test_a_folder_without_takes_is_told_of(tmp_path, capsys):
    pytest.importorskip("torch")
    from models.performer import train as trainer

    assert trainer.main([str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "info.csv" in capsys.readouterr().err
    with pytest.raises(BadFile, match="match files"):
        list(vienna_takes(tmp_path))
