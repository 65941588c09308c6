# SPDX-License-Identifier: Apache-2.0
"""A voice that is written keeps clear of the voices that are known, wherever the grammar lets it.

What counts as a fault is said by `models.theory.voiceleading`, which knows nothing of nats.
"""

from itertools import pairwise
from random import Random

import pytest
from clip_asking import ask
from neural import need

np = need("numpy")

from models.clip import Clip, Note  # noqa: E402 - after the guard
from models.engines.clip.choir import Choir  # noqa: E402
from models.engines.clip.leading import CROSSING, PARALLEL, Leading  # noqa: E402
from models.metre import Metre  # noqa: E402
from models.theory.keys import key_of  # noqa: E402
from models.theory.voiceleading import RANGES, VOICES, Tone, check  # noqa: E402
from models.tokens import state as st  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.check import faults  # noqa: E402
from models.tokens.decode import cell_notes  # noqa: E402
from models.tokens.encode import encode  # noqa: E402
from models.tokens.grammar import Grammar  # noqa: E402
from models.tokens.reading import first_target_bar  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Part, Scene, bars_of, cells_of  # noqa: E402
from models.tokens.tracker import Tracker  # noqa: E402

ROLES = ("B", "T", "A", "S")  # in the order in which they are written
METRES = (Metre(4, 4), Metre(3, 4), Metre(6, 8), Metre(7, 8), Metre(5, 4), Metre(2, 2))
ANY_KEY = key_of(0, minor=False)


def line(rng, place, end_beats):
    """A random line in the voice's range, with rests and repeated notes."""
    low, high = RANGES[place]
    notes, now, pitch = [], 0.0, rng.randint(low, high)
    while now < end_beats:
        length = min(rng.choice((0.25, 0.5, 1.0, 1.0, 1.0, 2.0)), end_beats - now)
        if rng.random() < 0.9:
            notes.append(Note(pitch, now, length * rng.choice((0.5, 1.0, 1.0))))
        pitch = min(high, max(low, pitch + rng.randint(-5, 5)))
        now += length
    return notes


def request(seed, given=None, bars=3):
    """Some voices given, the others to be written, in any metre."""
    rng = Random(seed)
    frame = Clip((), 64.0, metre=rng.choice(METRES))
    grid = bars_of(frame, 0.0, bars)
    names = rng.sample(ROLES, rng.randint(0, 3)) if given is None else given
    parts = tuple(
        Part(role, frame.with_notes(line(rng, 3 - n, grid[-1].end_beats) if role in names else ()))
        for n, role in enumerate(ROLES)
    )
    new = [n for n, role in enumerate(ROLES) if role not in names]
    key = rng.choice((None, 24, 7, 14))
    scene = Scene("harmonise", parts, grid, cells_of(new, range(bars)), key=key)
    rules = {n: PartRules(1, *RANGES[3 - n], min_notes=1, max_notes=12) for n in new}
    return scene, rules


class Decode:
    """A decode by random logits, one choice at a time, with the wish added or not."""

    def __init__(self, scene, rules, seed):
        self.scene = scene
        self.grammar = Grammar(scene, rules)
        self.leading = Leading(Choir(scene, rules), scene)
        context = encode(scene).context
        self.tracker = Tracker(first_target_bar(context))
        for token in context:
            self.tracker.step(token)
        self.rng = np.random.default_rng(seed)
        self.bias = self.rng.normal(0, 1, v.SIZE)
        self.bias[[v.POS + n for n in range(v.LONGEST_BAR_TICKS) if n % 24]] -= 12  # on the beat
        self.bias[v.DUR + v.DURATIONS_TICKS.index(24)] += 9  # and to the next one
        self.bias[v.ENDCELL] -= 40
        fifths = [v.PITCH + pitch for pitch in range(128) if pitch % 12 in {0, 2, 7, 9}]
        self.bias[fifths] += 9
        self.bias[v.POS : v.PITCH] -= np.arange(v.PITCH - v.POS) / 6

    def steps(self):
        """The tracker, what is allowed, and the wish at each choice; then it is made."""
        tracker = self.tracker
        while tracker.phase != st.DONE:
            allowed = np.frombuffer(bytes(self.grammar.allowed(tracker)), np.uint8) > 0
            wish = self.leading.wish(tracker)
            yield tracker, allowed, wish
            logits = self.bias + self.rng.normal(0, 3, v.SIZE) + (0 if wish is None else wish)
            tracker.step(int(np.where(allowed, logits, -np.inf).argmax()))

    def run(self):
        for _ in self.steps():
            pass
        return self.cells

    @property
    def cells(self):
        written = self.tracker.written
        return [cell_notes(self.scene, n, raw) for n, raw in enumerate(written)]


def tones(scene, cells):
    """The voices so far, soprano first, each note up to the next one at most."""
    rows = []
    for part in range(3, -1, -1):
        notes = [*scene.parts[part].clip.notes]
        for cell, new in zip(scene.cells, cells, strict=False):
            notes += new if cell.part == part else ()
        own = sorted((round(n.start_beats * 24), round(n.end_beats * 24), n.pitch) for n in notes)
        ends = [min(a[1], b[0]) for a, b in pairwise(own)] + [own[-1][1]] if own else []
        rows.append([Tone(a / 24, e / 24, p) for (a, _, p), e in zip(own, ends, strict=True)])
    return rows


def kinds_at(scene, cells, part, beats):
    """The rules that a voice breaks there."""
    found = check(tones(scene, cells), ANY_KEY)
    return {f.kind for f in found if f.beats == pytest.approx(beats) and 3 - part in f.voices}


@pytest.mark.parametrize("seed", range(60))
def test_no_parallels_whatever_the_logits_say(seed):
    scene, rules = request(seed)
    decode = Decode(scene, rules, seed)
    cells = decode.run()
    assert not faults(scene, rules, cells)
    written = {3 - cell.part for cell in scene.cells}
    found = [f for f in check(tones(scene, cells), ANY_KEY) if written & set(f.voices)]
    assert not [f for f in found if f.kind.startswith("parallel")]


def test_random_logits_break_rules_without_the_wish():
    """Else the test above would prove nothing."""
    found = 0
    for seed in range(60):
        scene, rules = request(seed)
        decode = Decode(scene, rules, seed)
        decode.leading = Leading(Choir(scene, {}), scene)  # by these rules no part is one line
        decode.run()
        written = {3 - cell.part for cell in scene.cells}
        all_found = check(tones(scene, decode.cells), ANY_KEY)
        found += sum("parallel" in f.kind for f in all_found if written & set(f.voices))
    assert found > 8


@pytest.mark.parametrize("seed", range(12))
def test_what_is_out_of_bounds_is_what_the_counter_finds(seed):
    """Every pitch of every choice, tried out: parallels and crossings, and nothing else."""
    scene, rules = request(seed, bars=2)
    decode = Decode(scene, rules, seed)
    for tracker, allowed, wish in decode.steps():
        if tracker.expects != st.FIRST:
            continue
        cells, part = decode.cells, tracker.part
        frame = scene.bars[tracker.bar]
        beats = frame.start_beats + tracker.tick / 24
        for pitch in np.flatnonzero(allowed[v.PITCH : v.PITCH + 128]):
            tried = [*cells]
            tried[tracker.target] = (*cells[tracker.target], Note(int(pitch), beats, 1 / 24))
            broken = kinds_at(scene, tried, part, beats)
            nats = -wish[v.PITCH + pitch]
            if broken & {"parallel fifths", "parallel octaves"}:
                assert nats >= PARALLEL
            elif "crossing" in broken:
                assert nats >= CROSSING


@pytest.mark.parametrize("seed", range(20))
def test_voices_that_are_written_do_not_cross(seed):
    """With nothing given there is always another way."""
    scene, rules = request(seed, given=())
    cells = Decode(scene, rules, seed).run()
    assert not [f for f in check(tones(scene, cells), ANY_KEY) if f.kind == "crossing"]


@pytest.mark.parametrize("seed", range(6))
def test_given_voices_come_back_as_they_were(seed):
    """Through the whole engine, touch and all."""
    rng = Random(seed)
    metre = METRES[seed]
    places = sorted(rng.sample(range(4), rng.randint(1, 3)))
    given = [Clip((), 3 * metre.bar_beats, metre=metre) for _ in places]
    given = [
        clip.with_notes(line(rng, place, clip.length_beats))
        for place, clip in zip(places, given, strict=True)
    ]
    names = ",".join(VOICES[place] for place in places)
    parts = ask("harmonise", given, voices=names, seed=seed).answers[0].parts
    assert [parts[place] for place in places] == given
    rows = [[Tone(n.start_beats, n.end_beats, n.pitch) for n in part.notes] for part in parts]
    new = {0, 1, 2, 3} - set(places)
    found = [f for f in check(rows, ANY_KEY) if new & set(f.voices)]
    assert not [f for f in found if f.kind.startswith("parallel")]


# -- single notes ---------------------------------------------------------------------------------


def costs(given, own, tick=24, key=None, role="B"):
    """What each pitch costs a voice at a tick, after its first notes."""
    frame = Clip((), 8.0)
    places = {name: n for n, name in enumerate(ROLES)}
    parts = tuple(Part(name, frame.with_notes(given.get(name, ()))) for name in ROLES)
    target = places[role]
    scene = Scene("harmonise", parts, bars_of(frame, 0.0, 1), cells_of([target], [0]), key=key)
    rules = {target: PartRules(1)}
    decode = Decode(scene, rules, 0)
    tokens = [v.BAR, v.ROLE + v.ROLES.index(role)]
    for note in own:
        tokens += [v.POS + round(note.start_beats * 24), v.PITCH + note.pitch]
        tokens.append(v.DUR + v.DURATIONS_TICKS.index(round(note.duration_beats * 24)))
    for token in (*tokens, v.POS + tick):
        assert decode.grammar.allowed(decode.tracker)[token]
        decode.tracker.step(token)
    return -decode.leading.wish(decode.tracker)[v.PITCH : v.PITCH + 128], decode


def notes(*pitches):
    return [Note(pitch, float(n), 1.0) for n, pitch in enumerate(pitches)]


def test_octaves_and_fifths_in_a_row():
    found, _ = costs({"S": notes(72, 74)}, notes(48))
    assert found[50] >= PARALLEL  # octaves
    assert found[62] >= PARALLEL  # and in another octave
    assert found[48] == found[47] < 3  # to stay, or to move against it
    found, _ = costs({"S": notes(67, 69)}, notes(48))
    assert found[50] >= PARALLEL  # fifths
    assert found[57] < 10  # a fifth and then an octave


def test_repeated_notes_and_suspensions_are_no_parallels():
    found, _ = costs({"S": notes(72, 72)}, notes(48))
    assert (found[36:60] < 50).all()
    held = [Note(72, 0.0, 2.0)]
    found, _ = costs({"S": held}, notes(48))
    assert (found[36:60] < 50).all()


def test_parallels_win_over_crossing_and_both_leave_a_choice():
    found, _ = costs({"S": notes(72, 74), "T": notes(40, 41)}, notes(48))
    assert found[50] > found[48] >= CROSSING > found[41]


def test_a_second_leading_tone_and_one_that_falls_cost_a_little():
    found, _ = costs({"S": notes(72, 71)}, notes(57), key=0, role="T")
    assert PARALLEL > found[59] > found[60]
    found, _ = costs({"S": notes(67, 67), "T": notes(60, 60)}, notes(47), key=0)
    assert PARALLEL > found[45] > found[48]
    found, _ = costs({"S": notes(67, 67), "T": notes(60, 60)}, notes(47), key=None)
    assert found[45] == found[46]


def test_a_note_ends_before_another_voice_comes_to_cross_it():
    given = {"S": [Note(72, 0.0, 1.0), Note(60, 1.0, 1.0), Note(50, 2.0, 2.0)]}
    _, decode = costs(given, (), tick=0)
    decode.tracker.step(v.PITCH + 55)
    nats = -decode.leading.wish(decode.tracker)[v.DUR : v.DUR + len(v.DURATIONS_TICKS)]
    assert [nat >= CROSSING for nat in nats] == [ticks > 48 for ticks in v.DURATIONS_TICKS]


def test_nothing_is_wished_where_no_voices_are_written():
    frame = Clip(tuple(notes(60, 62, 64, 65)), 4.0)
    scene = Scene("continue", (Part("lead", frame),), bars_of(frame, 0.0, 2), cells_of([0], [1]))
    decode = Decode(scene, {0: PartRules(1)}, 0)
    assert all(wish is None for _, _, wish in decode.steps())
