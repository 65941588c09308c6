# SPDX-License-Identifier: Apache-2.0
"""Takes: stepped through, kept, asked for more of, brought back, and edits of the clip itself."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, found, in_live, melody

VERSE = {"slot": 0, "name": "Verse", "length": 8, "notes": melody(16)}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def live(tmp_path):
    tracks = [{"name": "Lead", "clips": [VERSE]}, {"name": "Bass"}]
    with FakeLive(tmp_path, tracks=tracks) as running:
        yield running


@pytest.fixture
def device(live, daemon):
    found_device = live.device(port=daemon.ports["osc_port"]).connected()
    live.select(0, 0)
    yield found_device
    found_device.clean()


def slot(live, index):
    return live.clips[0]["slots"][index]


def test_takes_are_stepped_through_in_one_clip(live, device, daemon):
    device.go("Continue", bars=2, takes=3)
    takes = [device.answer(daemon, rank)["parts"][0] for rank in range(3)]
    first = slot(live, 1)["id"]
    for index, button in ((1, "next"), (2, "next"), (1, "previous"), (0, "previous")):
        device.wait("1", f"{button}_take active")
        device.press(f"{button}_take")
        device.wait(f"^take {index + 1} of 3$", "take set")
        assert found(slot(live, 1)) == in_live(takes[index])
        assert slot(live, 1)["name"] == f"Verse Continue {index + 1}"
    assert slot(live, 1)["id"] == first
    assert live.slots()[2:] == [None] * 6
    assert device.shows("previous_take", "active") == "0"


def test_a_kept_take_stays_where_it_is(live, device, daemon):
    device.go("Continue", bars=2, takes=2)
    takes = [device.answer(daemon, rank) for rank in range(2)]
    device.message("control", "keep_take", 1)
    device.wait("1", "keep_take set")
    listed = {take["id"]: take["kept"] for take in daemon.ask("takes")[-1]["takes"]}
    assert [listed[take["take"]] for take in takes] == [True, False]
    device.press("next_take")
    device.wait("^take 2 of 2$", "take set")
    device.wait("0", "keep_take set")
    assert found(slot(live, 1)) == in_live(takes[0]["parts"][0])
    assert found(slot(live, 2)) == in_live(takes[1]["parts"][0])


def test_a_take_that_was_edited_by_hand_stays(live, device, daemon):
    device.go("Continue", bars=2, takes=2)
    live.run("set.song.tracks[0].clip_slots[1].clip.notes.all()[0].velocity = 3;")
    edited = found(slot(live, 1))
    device.press("next_take")
    device.wait("^take 2 of 2$", "take set")
    assert found(slot(live, 1)) == edited
    assert found(slot(live, 2)) == in_live(device.answer(daemon, 1)["parts"][0])


def test_a_clip_that_was_deleted_is_written_anew(live, device):
    device.go("Continue", bars=2, takes=2)
    live.run("const s = set.song.tracks[0].clip_slots[1]; set.drop(s.clip); s.clip = null;")
    device.press("next_take")
    device.wait("^take 2 of 2$", "take set")
    assert live.slots()[:3] == ["Verse", "Verse Continue 2", None]


def test_more_is_the_same_request_with_another_seed(live, device, daemon):
    device.go("Continue", bars=2, takes=1)
    first = device.answer(daemon)
    device.press("more")
    live.wait_for("set.song.tracks[0].clip_slots[2].clip !== null")
    device.wait("Written")
    second = device.answer(daemon)
    assert second["parents"] == [first["take"]]
    assert second["request"]["args"] == first["request"]["args"]
    assert found(slot(live, 2)) == in_live(second["parts"][0])
    device.press("more")
    live.wait_for("set.song.tracks[0].clip_slots[3].clip !== null")


@pytest.mark.parametrize("http", [False, True], ids=["by OSC", "by HTTP"])
def test_a_take_of_another_session_is_recalled_by_its_seed(http, live, daemon, tmp_path):
    device = live.device(port=daemon.ports["osc_port"]).connected()
    live.select(0, 0)
    device.go("Vary", takes=2, seed=str(4000 + http), amount=60)
    best = device.answer(daemon)
    other = {"slot": 0, "name": "Other", "length": 4, "notes": melody(4)}
    (tmp_path / "later").mkdir()
    with FakeLive(tmp_path / "later", tracks=[{"name": "New", "clips": [other]}]) as later:
        again = later.device(port=daemon.ports["osc_port"], http=http).connected()
        if http:
            later.wait_for("device.requests.some((url) => url.endsWith('/health'))", name="a")
            later.wait_for("device.answered >= 1", name="a")
        again.turn(seed=str(4000 + http))
        again.press("recall")
        again.wait("Written")
        again.clean()
        names = later.slots()
        written = later.clips[0]["slots"][names.index("Verse Vary")]
        assert found(written) == in_live(best["parts"][0])
        used = later.run("return device.requests.length;", name="a")
        assert (used >= 3) == http


def test_a_seed_that_nobody_knows_is_said_to_be_unknown(device):
    device.turn(seed="123456789")
    device.press("recall")
    device.wait("^No take with the seed 123456789 is kept.$")
    device.turn(seed="")
    device.press("recall")
    device.wait("^Type the seed")


def test_the_clip_itself_is_changed_only_when_asked_note_by_note(live, device, daemon):
    before = {n["note_id"]: n for n in slot(live, 0)["notes"]}
    device.go("Groove", takes=1, where="in_place", amount=100)
    take = device.answer(daemon)
    after = slot(live, 0)
    assert found(after) == in_live(take["parts"][0])
    assert {n["note_id"] for n in after["notes"]} == set(before)
    assert live.slots()[1:] == [None] * 7
    assert [name for what, _, name, *_ in live.history] == ["apply_note_modifications"]


def test_notes_that_stay_are_not_touched_by_an_edit(live, device, daemon):
    device.turn(span="bars", from_bar=2, to_bar=2)
    before = {n["note_id"]: n for n in slot(live, 0)["notes"]}
    device.go("Infill", takes=1, where="in_place")
    after = {n["note_id"]: n for n in slot(live, 0)["notes"]}
    assert found(slot(live, 0)) == in_live(device.answer(daemon)["parts"][0])
    first_bar = {i: n for i, n in before.items() if n["start_time"] < 4}
    assert {i: after[i] for i in first_bar} == first_bar
    assert {name for _, _, name, *_ in live.history} <= {
        "remove_notes_by_id", "apply_note_modifications", "add_new_notes",
    }  # fmt: skip


def test_takes_of_an_edit_follow_one_another_in_the_clip(live, device, daemon):
    device.go("Vary", takes=3, where="in_place", amount=80)
    for rank in (1, 2):
        device.press("next_take")
        device.wait(f"^take {rank + 1} of 3$", "take set")
        assert found(slot(live, 0)) == in_live(device.answer(daemon, rank)["parts"][0])
    assert live.slots()[1:] == [None] * 7


def test_a_clip_that_changed_meanwhile_is_left_alone(live, device, daemon):
    device.turn(command="Vary", where="in_place", takes=1)
    device.wait("1", "go active")
    device.press("go")
    live.run(
        """set.song.tracks[0].clip_slots[0].clip.notes.add([
             { pitch: 30, start_time: 7.75, duration: 0.25 }]);"""
    )
    changed = found(slot(live, 0))
    device.wait("The clip was changed meanwhile. Written to slot 2")
    assert found(slot(live, 0)) == changed
    assert found(slot(live, 1)) == in_live(device.answer(daemon)["parts"][0])


def test_what_always_writes_a_new_clip_says_so(device):
    device.turn(command="Continue", where="in_place")
    device.wait("^Continue always writes a new clip: choose another place", "reason set")
    device.wait("0", "go active")
    device.turn(command="Vary")
    device.wait("1", "go active")


def test_expression_on_a_note_survives_an_edit(live, device, daemon):
    """A note that is modified keeps its id, and with it what Live hangs on it."""
    live.run(
        """const clip = set.song.tracks[0].clip_slots[0].clip;
        clip.notes.all().forEach((note, i) => { note.release_velocity = i; });"""
    )
    device.go("Groove", takes=1, where="in_place", amount=50)
    releases = [n["release_velocity"] for n in slot(live, 0)["notes"]]
    assert sorted(releases) == [float(i) for i in range(16)]
