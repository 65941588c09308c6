# SPDX-License-Identifier: Apache-2.0
"""Fetching models: pinned, resumed, checked; and finding those that are there."""

import shutil
from pathlib import Path

import pytest
import tiny_hub

from models.errors import BadArgument, NotFetched
from models.musicgen import download, store
from models.musicgen.download import fetch, listing

SMALL = store.published("musicgen-small")
FILES = {
    "config.json": b'{"model_type": "musicgen"}',
    "model.safetensors": bytes(range(256)) * 40,
    "tokenizer.json": b"{}",
    "state_dict.bin": b"old pickles are not fetched",
    "README.md": b"nor is this",
}
MEANT = {"config.json", "model.safetensors", "tokenizer.json"}


@pytest.fixture
def hub():
    with tiny_hub.serving(FILES) as running:
        yield running


def get(hub, folder, watch=lambda got, total: None):
    return fetch(listing(SMALL, hub.address), folder, watch, hub.address)


def test_a_model_comes_whole_and_nothing_else(hub, tmp_path):
    seen = []
    place = get(hub, tmp_path, lambda got, total: seen.append((got, total)))
    assert {path.name for path in place.iterdir()} == MEANT | {store.COMPLETE}
    assert (place / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    size = sum(len(FILES[name]) for name in MEANT)
    assert listing(SMALL, hub.address).size == size
    assert [got for got, _ in seen] == sorted(got for got, _ in seen)
    assert seen[-1] == (size, size)
    assert (place / store.COMPLETE).read_text() == tiny_hub.REVISION


def test_it_is_there_only_when_all_of_it_is(hub, tmp_path):
    hub.breaks_after = 3000
    with pytest.raises(NotFetched, match="connection broke"):
        get(hub, tmp_path)
    assert store.installed(tmp_path) == ()
    with pytest.raises(BadArgument, match="models fetch musicgen-small"):
        store.place_of(tmp_path, "musicgen-small")
    hub.breaks_after = None
    get(hub, tmp_path)
    assert store.installed(tmp_path) == ("musicgen-small",)
    assert store.place_of(tmp_path, "facebook/musicgen-small") == tmp_path / "musicgen-small"


@pytest.mark.parametrize("resumes", [True, False])
def test_a_broken_transfer_goes_on(hub, tmp_path, resumes):
    hub.breaks_after, hub.resumes = 3000, resumes
    with pytest.raises(NotFetched):
        get(hub, tmp_path)
    hub.breaks_after, hub.asked = None, []
    place = get(hub, tmp_path)
    assert ("model.safetensors", "bytes=3000-") in hub.asked
    assert not any(name == "config.json" for name, _ in hub.asked), "fetched again"
    assert (place / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_what_is_here_is_not_asked_for_again(hub, tmp_path):
    get(hub, tmp_path)
    hub.asked = []
    seen = []
    get(hub, tmp_path, lambda got, total: seen.append((got, total)))
    assert hub.asked == []
    assert seen[-1][0] == seen[-1][1] > 0


def test_another_revision_replaces_what_differs(hub, tmp_path):
    """A file of the same length is not the same file."""
    place = get(hub, tmp_path)
    (place / store.COMPLETE).write_text("fedcba9876543210")
    hub.files["config.json"] = hub.files["config.json"][::-1]
    wanted = listing(SMALL, hub.address)
    hub.refuses = 503
    with pytest.raises(NotFetched):
        fetch(wanted, tmp_path, lambda got, total: None, hub.address)
    assert store.installed(tmp_path) == (), "half of the one and half of the other"
    hub.refuses = 0
    get(hub, tmp_path)
    assert (place / "config.json").read_bytes() == hub.files["config.json"]
    assert [name for name, _ in hub.asked].count("model.safetensors") == 1


def test_two_do_not_fetch_one_model_at_once(hub, tmp_path):
    def again(got, total):
        with pytest.raises(NotFetched, match="another nextbar"):
            get(hub, tmp_path)

    get(hub, tmp_path, again)
    assert store.installed(tmp_path) == ("musicgen-small",)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_what_arrives_damaged_is_thrown_away(hub, tmp_path, name):
    wanted = listing(SMALL, hub.address)
    good = hub.files[name]
    hub.files[name] = good[:-1] + b"?"
    with pytest.raises(NotFetched, match="damaged"):
        fetch(wanted, tmp_path, lambda got, total: None, hub.address)
    assert not [path for path in (tmp_path / SMALL.name).iterdir() if name in path.name]
    hub.files[name] = good
    get(hub, tmp_path)


@pytest.mark.parametrize(("status", "words"), [(401, "login"), (403, "terms"), (503, "503")])
def test_a_refusal_says_what_to_do(hub, status, words):
    hub.refuses = status
    with pytest.raises(NotFetched, match=words):
        listing(SMALL, hub.address)


def test_no_network(tmp_path):
    with tiny_hub.serving(FILES) as gone:
        address = gone.address
    with pytest.raises(NotFetched, match="can't be reached"):
        listing(SMALL, address)


def test_no_room(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**30, 2**30, 2**20)
    )
    with pytest.raises(NotFetched, match="1 MB free"):
        get(hub, tmp_path)
    assert store.installed(tmp_path) == ()


def test_a_repository_without_safetensors(hub):
    del hub.files["model.safetensors"]
    with pytest.raises(NotFetched, match="no safetensors"):
        listing(SMALL, hub.address)


def test_only_https_is_spoken_with_strangers():
    with pytest.raises(NotFetched, match="https"):
        download._open("http://example.org/x", {})


def test_names_and_folders(tmp_path):
    with pytest.raises(BadArgument, match="musicgen-large"):
        store.published("musicgen-huge")
    with pytest.raises(BadArgument, match="no folder with"):
        store.place_of(tmp_path, str(tmp_path))
    with pytest.raises(BadArgument):
        store.place_of(tmp_path, "../../etc")
    (tmp_path / "config.json").write_text("{}")
    assert store.place_of(Path("/nowhere"), str(tmp_path)) == tmp_path
    assert len({known.name for known in store.PUBLISHED}) == len(store.PUBLISHED) == 10


def test_which_model_is_taken_when_none_is_named():
    there = ("musicgen-small", "musicgen-melody", "musicgen-medium", "mine")
    assert store.choose(there, melody=False, strong=False) == "musicgen-small"
    assert store.choose(there[:3], melody=False, strong=True) == "musicgen-medium"
    assert store.choose(there, melody=True, strong=True) == "musicgen-melody"
    assert store.choose(("musicgen-melody",), melody=False, strong=True) == "musicgen-melody"
    assert store.choose(("musicgen-small",), melody=True, strong=True) is None
    assert store.choose((), melody=False, strong=True) is None
