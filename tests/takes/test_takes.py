# SPDX-License-Identifier: Apache-2.0
"""The store of takes: kept, found, recalled, pruned, and safe when things break."""

import contextlib
import json
import os
import shutil
import sqlite3
import sys
import time

import pytest

from bridge.errors import BadMessage, StorageFailed, UnknownTake
from bridge.takes import Keepsake, TakeStore
from bridge.takes.store import ABANDONED_S
from bridge.takes.take import summary_of
from models.audio.clip import AudioFile
from models.clip import Clip, Note
from models.engine import Request
from models.errors import BadFile
from models.wire import clip_to_data, file_to_data, request_to_data

_ONLY_WHERE_OPEN_FILES_CAN_GO = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows keeps the files of an open database from harm"
)
SOURCE = Clip((Note(60, 1 / 3, 0.1, 90.5, mute=True, probability=0.3, id=7),), 4.0, name="riff")
ANSWERS = tuple(Clip((Note(60 + n, 0.0, 1.0, origin="new"),), 4.0) for n in range(3))


def keepsake(count=1):
    request = Request("continue", (SOURCE,), {"bars": 1, "lock": (36,)}, seed=7, takes=count)
    answers = tuple((clip_to_data(answer),) for answer in ANSWERS[:count])
    return Keepsake(request_to_data(request), answers, "motif", stats={"infer_ms": 1.0})


@pytest.fixture
def store(tmp_path):
    with_clock = TakeStore(tmp_path / "takes", lambda: 1_700_000_000.0, limit=5)
    yield with_clock
    with_clock.close()


def test_what_was_kept_comes_back_exactly(store):
    assert store.keep(keepsake(3)) == ("t1", "t2", "t3")
    take = store.load("t2")
    assert take.parts == (ANSWERS[1],)
    assert take.parts[0].notes[0].origin == "new"
    assert take.request.clips == (SOURCE,)
    assert take.request.args["lock"] == (36,)
    assert (take.summary.seed, take.summary.rank, take.summary.name) == (7, 1, "riff")
    assert take.summary.created == "2023-11-14T22:13:20+00:00"


def test_the_newest_come_first_and_the_oldest_go(store):
    store.keep(keepsake())
    store.mark("t1", keep=True)
    for _ in range(7):
        store.keep(keepsake())
    assert [take.id for take in store.list(20)] == ["t8", "t7", "t6", "t5", "t4", "t1"]
    assert not (store.folder / "t2.json").exists()


def test_names_are_never_used_twice(store):
    store.keep(keepsake())
    store.forget("t1")
    assert store.keep(keepsake()) == ("t2",)
    with pytest.raises(UnknownTake):
        store.load("t1")


@pytest.mark.parametrize("wreck", [b"", b"this is not a database at all" * 100, None])
def test_a_broken_index_is_set_aside_and_nothing_is_lost(store, wreck):
    store.keep(keepsake(3))
    store.mark("t3", keep=True)
    store.close()
    path = store.folder / "takes.sqlite3"
    if wreck is None:
        data = bytearray(path.read_bytes())
        data[1000:] = b"\xff" * (len(data) - 1000)
        path.write_bytes(data)
    else:
        path.write_bytes(wreck)
    again = TakeStore(store.folder, lambda: 0.0, limit=5)
    assert [take.id for take in again.list()] == ["t3", "t2", "t1"]
    assert again.load("t1").parts == (ANSWERS[0],)
    assert again.list()[0].kept
    assert again.keep(keepsake()) == ("t4",)
    if wreck != b"":  # an empty file is a new database to SQLite
        assert "set aside" in again.notice
        assert list(store.folder.glob("*.broken-1"))
    again.close()


def test_a_missing_index_is_made_again(store):
    store.keep(keepsake(2))
    store.close()
    for path in store.folder.glob("takes.sqlite3*"):
        path.unlink()
    again = TakeStore(store.folder, lambda: 0.0)
    assert len(again.list()) == 2
    again.close()


def test_a_file_written_just_before_a_crash_is_found_again(store):
    store.keep(keepsake(2))
    store._index._db.execute("DELETE FROM takes WHERE id = 't2'")
    store.close()
    again = TakeStore(store.folder, lambda: 0.0)
    assert [take.id for take in again.list()] == ["t2", "t1"]
    assert again.keep(keepsake()) == ("t3",)
    again.close()


def test_a_full_disk_keeps_all_or_none_and_what_was_there(store, monkeypatch):
    store.keep(keepsake())
    real, calls = store._write, []

    def second_fails(data):
        calls.append(data)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(data)

    monkeypatch.setattr(store, "_write", second_fails)
    with pytest.raises(StorageFailed, match="No space left"):
        store.keep(keepsake(3))
    assert [take.id for take in store.list()] == ["t1"]
    assert [path.name for path in store.folder.glob("t*.json")] == ["t1.json"]
    assert store.load("t1").parts == (ANSWERS[0],)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match="takes_folder"):
        TakeStore(tmp_path / "file" / "takes", lambda: 0.0)


@_ONLY_WHERE_OPEN_FILES_CAN_GO
def test_a_folder_deleted_meanwhile_is_made_again(store):
    store.keep(keepsake(2))
    shutil.rmtree(store.folder)
    assert store.list() == ()
    (name,) = store.keep(keepsake())
    assert store.load(name).parts == (ANSWERS[0],)


@_ONLY_WHERE_OPEN_FILES_CAN_GO
def test_an_index_broken_meanwhile_costs_one_job_at_most(store):
    store.keep(keepsake(3))
    store.mark("t2", keep=True)
    for path in store.folder.glob("takes.sqlite3*"):
        with path.open("r+b") as file:  # the same file: it is open in the store
            file.write(b"x" * path.stat().st_size)
    with contextlib.suppress(StorageFailed):
        store.keep(keepsake())
    store.keep(keepsake())
    assert {"t1", "t2", "t3"} <= {take.id for take in store.list()}
    assert store.load("t1").parts == (ANSWERS[0],)


def test_a_broken_file_is_named(store):
    store.keep(keepsake())
    (store.folder / "t1.json").write_text("{")
    with pytest.raises(BadFile, match=r"t1\.json"):
        store.load("t1")


@pytest.mark.parametrize(
    "text", ["[]", "3", "null", "{}", '{"take": "t1"}', '{"take": "t1", "parts": 3}']
)
def test_a_file_that_is_json_but_no_take_is_named(store, text):
    store.keep(keepsake())
    (store.folder / "t1.json").write_text(text)
    for asked in (store.load, lambda name: store.mark(name, keep=True)):
        with pytest.raises(BadFile, match=r"t1\.json.*forget this take"):
            asked("t1")


@pytest.mark.parametrize("missing", ["seed", "args", "takes", "command", "clips"])
def test_a_take_whose_request_is_damaged_is_named(store, missing):
    store.keep(keepsake())
    path = store.folder / "t1.json"
    data = json.loads(path.read_text())
    del data["request"][missing]
    path.write_text(json.dumps(data))
    with pytest.raises(BadFile, match=r"t1\.json"):
        store.load("t1")


FOREIGN = {
    "another name": {"take": "tempo"},
    "a copy": {"take": "t1"},
    "a huge number": {"take": "t" + 30 * "9"},
    "no text": {"created": {"year": 2026}},
    "a huge seed": {"request": {"command": "x", "clips": [], "args": {}, "seed": 10**30}},
    "half a character": {"engine": "\ud800"},
}


@pytest.mark.parametrize("name", ["tempo", "t1 copy", "t7", "t" + 30 * "9"])
@pytest.mark.parametrize("changed", FOREIGN.values(), ids=FOREIGN)
def test_a_strange_file_in_the_folder_keeps_nobody_from_working(store, name, changed):
    store.keep(keepsake())
    data = json.loads((store.folder / "t1.json").read_text())
    store.close()
    strange = store.folder / f"{name}.json"
    strange.write_text(json.dumps({**data, **changed}))
    again = TakeStore(store.folder, lambda: 0.0)
    assert [take.id for take in again.list()] == ["t1"]
    assert again.load("t1").parts == (ANSWERS[0],)
    again.close()
    assert strange.exists()


def test_a_name_that_no_take_can_have_is_unknown(store):
    for name in ("\ud800", "t", "", "t1.json", "../t1", "t1\0"):
        with pytest.raises(UnknownTake):
            store.load(name)


def test_two_programs_share_one_store(store):
    other = TakeStore(store.folder, lambda: 0.0)
    assert store.keep(keepsake()) == ("t1",)
    assert other.keep(keepsake()) == ("t2",)
    assert len(store.list()) == 2
    other.close()


@pytest.mark.parametrize("data", [{}, {"take": "t1"}, {"request": 3}])
def test_what_is_not_a_take_is_refused(data):
    with pytest.raises(BadMessage):
        summary_of(data)


def test_a_take_is_one_readable_file(store):
    store.keep(keepsake())
    data = json.loads((store.folder / "t1.json").read_text())
    assert data["request"]["seed"] == 7
    with sqlite3.connect(store.folder / "takes.sqlite3") as db:
        assert db.execute("SELECT id FROM takes").fetchall() == [("t1",)]
    db.close()


def sound(store, job, size, count=1):
    """A job whose takes are audio files of so many bytes."""
    request = Request("audio", (), {"prompt": "rain"}, seed=7, takes=count)
    answers = []
    for take in range(count):
        path = store.drafts(job) / f"{take}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([take]) * size)
        file = AudioFile(str(path), 44_100, 1, size, 1, "4/4", 120.0, name="rain")
        answers.append((file_to_data(file),))
    return Keepsake(request_to_data(request), tuple(answers), "tonebank")


def test_sound_moves_beside_its_take(store):
    names = store.keep(sound(store, "j1", 10, 2))
    assert names == ("t1", "t2")
    take = store.load("t2")
    assert take.file.path == str(store.folder / "t2.wav")
    assert (store.folder / "t2.wav").read_bytes() == b"\1" * 10
    assert (take.parts, take.summary.notes, take.summary.name) == ((), 0, "rain")
    store.discard("j1")
    assert not list(store.folder.glob("drafts/*"))
    store.forget("t2")
    assert not (store.folder / "t2.wav").exists()


def test_a_folder_that_has_moved_still_knows_its_sound(store, tmp_path):
    store.keep(sound(store, "j1", 10))
    store.close()
    store.folder.rename(tmp_path / "elsewhere")
    moved = TakeStore(tmp_path / "elsewhere", lambda: 0.0)
    assert moved.load("t1").file.path == str(tmp_path / "elsewhere" / "t1.wav")
    moved.close()


def assert_empty(store):
    """No take is listed, and none has left a file."""
    assert store.list(9) == ()
    assert not [*store.folder.glob("t*.json"), *store.folder.glob("t*.wav")]


def test_a_draft_that_has_gone_keeps_nothing(store):
    keepsake_of_both = sound(store, "j1", 10, 2)
    (store.drafts("j1") / "1.wav").unlink()
    with pytest.raises(StorageFailed):
        store.keep(keepsake_of_both)
    assert_empty(store)


def test_a_take_that_can_not_be_described_leaves_nothing(store):
    strange = sound(store, "j1", 10)
    strange.request["args"]["prompt"] = 3
    with pytest.raises(BadMessage):
        store.keep(strange)
    assert_empty(store)


def test_half_a_character_in_a_name_costs_no_take(store):
    odd = sound(store, "j1", 10)
    odd.request["args"]["prompt"] = "rain \ud83c"
    (name,) = store.keep(odd)
    assert store.load(name).summary.name == "rain ?"
    assert store.load(name).request.args["prompt"] == "rain \ud83c"


def test_new_takes_stay_even_where_they_are_more_than_the_limit(tmp_path):
    store = TakeStore(tmp_path, lambda: 0.0, limit=1)
    store.keep(keepsake())
    names = store.keep(sound(store, "j1", 10, 3))
    assert [store.load(name).file is not None for name in names] == [True, True, True]
    store.keep(keepsake())
    assert [take.id for take in store.list()] == ["t5"]
    store.close()


def test_a_new_daemon_sweeps_up_but_leaves_a_command_line_at_work_alone(tmp_path):
    store = TakeStore(tmp_path, time.time)
    store.sweep()  # nothing is there yet
    for job in ("j1", "cli-7", "cli-8"):
        sound(store, job, 10)
    yesterday = time.time() - ABANDONED_S - 60
    os.utime(store.drafts("cli-7"), (yesterday, yesterday))
    store.sweep()
    assert [place.name for place in (tmp_path / "drafts").iterdir()] == ["cli-8"]
    store.close()


def test_sound_has_a_limit_of_its_own(tmp_path):
    store = TakeStore(tmp_path, lambda: 0.0, 1000, 100)
    for job in ("a", "b", "c"):
        store.keep(sound(store, job, 40))
    assert [take.id for take in store.list()] == ["t3", "t2"]
    store.mark("t2", keep=True)
    store.keep(keepsake())
    store.keep(sound(store, "d", 50))
    assert [take.id for take in store.list()] == ["t5", "t4", "t2"]
    store.keep(sound(store, "e", 500))
    assert [take.id for take in store.list()] == ["t6", "t4", "t2"], "the new one was deleted"
    store.close()
