# SPDX-License-Identifier: Apache-2.0
import pytest

from bridge import live


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "User Library"
    folder.mkdir()
    return folder


def test_install_copies_and_says_what_to_do_next(nextbar, library):
    code, out, _ = nextbar("live", "install", "--folder", library)
    assert code == 0
    assert "nextbar.amxd: new" in out
    assert "nextbar run" in out
    assert (library / "nextbar" / "nextbar.amxd").stat().st_size > 10_000
    assert "drag the new one" not in nextbar("live", "install", "--folder", library)[1]
    (library / "nextbar" / "nextbar.amxd").write_bytes(b"old")
    assert "drag the new one" in nextbar("live", "install", "--folder", library)[1]


def test_print_writes_nothing(nextbar, library):
    code, out, _ = nextbar("live", "install", "--print", "--folder", library)
    assert code == 0
    assert str(library / "nextbar") in out
    assert list(library.iterdir()) == []


def test_print_needs_no_library(nextbar, monkeypatch):
    monkeypatch.setattr(live, "look_for_live", lambda *_: live.Found((), None))
    code, out, _ = nextbar("live", "install", "--print")
    assert code == 0
    assert "the User Library" in out
    code, _, err = nextbar("live", "install")
    assert code == 2
    assert "--folder" in err


def test_doctor_tells_what_is_missing(nextbar, nextbar_json, library, monkeypatch):
    monkeypatch.setattr(live, "look_for_live", lambda *_: live.Found(((12, 2),), None))
    code, out, _ = nextbar("live", "doctor", "--folder", library)
    assert code == 1
    assert f'nextbar live install --folder "{library}"' in out
    nextbar("live", "install", "--folder", library)
    assert "installed" in nextbar("live", "doctor", "--folder", library)[1]
