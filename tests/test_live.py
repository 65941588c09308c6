# SPDX-License-Identifier: Apache-2.0
import json
import socket
from pathlib import Path

import pytest
from daemon import Daemon

import bridge
from bridge import live, live_checks
from bridge.errors import NextbarError
from bridge.paths import port_file

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ableton MajorVersion="5">
  <ContentLibrary>
    <CoreLibrary><LibraryProject><ProjectPath Value="/elsewhere" /></LibraryProject></CoreLibrary>
    <UserLibrary>
      <LibraryProject>
        <ProjectName Value="User Library" />
        <ProjectPath Value="{path}" />
      </LibraryProject>
    </UserLibrary>
  </ContentLibrary>
</Ableton>
"""


@pytest.fixture
def user(tmp_path):
    """The home folder of somebody who makes music."""
    folder = tmp_path / "someone"
    folder.mkdir()
    return folder


def preferences(user, system, version, path=""):
    """Preferences of a version of Live, as it leaves them."""
    folder = user / "Library" / "Preferences" / "Ableton" / f"Live {version}"
    if system == "win32":
        folder = user / "AppData" / "Roaming" / "Ableton" / f"Live {version}" / "Preferences"
    folder.mkdir(parents=True)
    if path:
        text = CONFIG.format(path=str(path).replace("&", "&amp;"))
        (folder / "Library.cfg").write_text(text, encoding="utf-8")


def library(parent):
    folder = parent / "User Library"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_the_library_is_where_the_newest_live_says(user, system):
    library(user / "old")
    new = library(user / "Drums & Bass")
    preferences(user, system, "11.3.43", user / "old")
    preferences(user, system, "12.10", user / "Drums & Bass")
    preferences(user, system, "12.9.1", user / "old")
    found = live.look_for_live(system, user, {})
    assert found == live.Found(((12, 10), (12, 9, 1), (11, 3, 43)), new)


@pytest.mark.parametrize(
    ("system", "usual"), [("darwin", "Music/Ableton"), ("win32", "Documents/Ableton")]
)
def test_without_a_word_of_live_s_it_is_the_usual_place(user, system, usual):
    assert live.look_for_live(system, user, {}) == live.Found((), None)
    there = library(user / usual)
    preferences(user, system, "12.2", user / "a disk that is not there")
    assert live.look_for_live(system, user, {}).library == there


def test_documents_that_onedrive_has_moved_are_looked_through(user):
    there = library(user / "OneDrive" / "Documents" / "Ableton")
    assert live.look_for_live("win32", user, {"OneDrive": str(user / "OneDrive")}).library == there
    assert live.look_for_live("win32", user, {}).library is None


def test_a_broken_note_of_live_s_is_passed_over(user):
    preferences(user, "darwin", "12.2", user)
    note = user / "Library/Preferences/Ableton/Live 12.2/Library.cfg"
    note.write_bytes(b"\xff<UserLibrary> <ProjectPath")
    assert live.look_for_live("darwin", user, {}) == live.Found(((12, 2),), None)


def test_where_live_does_not_run_there_is_nothing_to_find(user):
    preferences(user, "darwin", "12.2", user)
    library(user / "Music/Ableton")
    assert live.look_for_live("linux", user, {}) == live.Found((), None)


def test_devices_are_copied_once_and_again_when_they_change(user):
    there = library(user)
    names = set(live.shipped_devices())
    assert set(live.install(there).values()) == {"new"}
    assert set(live.install(there).values()) == {"unchanged"}
    (there / "nextbar" / "nextbar.amxd").write_bytes(b"an older one")
    changes = live.install(there)
    assert changes.pop("nextbar.amxd") == "updated"
    assert set(changes.values()) == {"unchanged"}
    for name, data in live.shipped_devices().items():
        assert (there / "nextbar" / name).read_bytes() == data
    left = {path.name for path in (there / "nextbar").iterdir()}
    assert left == names | {live.PLACE_FILE}


def test_the_file_beside_them_says_where_the_ports_stand(user):
    live.install(library(user))
    told = json.loads((user / "User Library" / "nextbar" / live.PLACE_FILE).read_text())
    assert Path(told["ports"]) == port_file()
    assert "\\" not in told["ports"]


def test_a_library_that_can_t_be_written_is_told(user):
    there = library(user)
    (there / "nextbar").write_text("in the way")
    with pytest.raises(NextbarError, match="close Live") as caught:
        live.install(there)
    assert caught.value.code == "storage_failed"


def test_a_folder_that_is_named_must_exist(user):
    with pytest.raises(NextbarError, match="name an existing one"):
        live.library_of(live.Found((), None), str(user / "none"))
    with pytest.raises(NextbarError, match="--folder"):
        live.library_of(live.Found((), None), "")


def states(checks):
    return {check.name: check.state for check in checks}


def test_the_doctor_finds_what_is_missing_and_says_what_to_do(user):
    there = library(user)
    found = live.Found(((11, 3),), there)
    checks = live_checks.examine("darwin", found, there, "INSTALL")
    assert states(checks)["live"] == "fail"
    assert states(checks)["user library"] == "ok"
    assert states(checks)["nextbar.amxd"] == "fail"
    assert states(checks)["daemon"] == "fail"
    assert {c.fix for c in checks if c.name.endswith(".amxd")} == {"INSTALL"}
    assert all(check.fix for check in checks if check.state == "fail")


def test_the_doctor_is_content_after_an_install(user):
    there = library(user)
    live.install(there)
    found = live.Found(((12, 2, 5),), there)
    checks = live_checks.examine("win32", found, there, "INSTALL")
    assert {c.name for c in checks if c.state != "ok"} == {"daemon"}
    (there / "nextbar" / live.PLACE_FILE).write_text("{}")
    checks = live_checks.examine("win32", found, there, "INSTALL")
    assert states(checks)["port file"] == "warn"


def test_the_doctor_asks_the_daemon_itself(home):
    with Daemon(home) as daemon:
        port = daemon.ports["osc_port"]
        found = live_checks.check_daemon({"version": bridge.__version__, "osc_port": port})
        assert states(found) == {"daemon": "ok", "osc port": "ok"}
        old = live_checks.check_daemon({"version": "0.0.1", "osc_port": port})
        assert states(old) == {"daemon": "warn", "osc port": "ok"}


def test_a_daemon_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr(live_checks, "ANSWER_S", 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        answer = live_checks.check_answer(deaf.getsockname()[1])
    assert (answer.state, answer.fix) == ("fail", "nextbar run")
