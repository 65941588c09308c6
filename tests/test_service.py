# SPDX-License-Identifier: Apache-2.0
import plistlib
import shlex
from pathlib import Path

import pytest

from bridge import service
from bridge.errors import StorageFailed

COMMAND = ("/opt/my music/python", "-m", "bridge", "run")
SYSTEMS = ("linux", "darwin", "win32")


def _plan(system, tmp_path, **environ):
    return service.plan(system, tmp_path, environ, COMMAND)


@pytest.mark.parametrize("system", SYSTEMS)
def test_install_status_uninstall(system, tmp_path):
    plan = _plan(system, tmp_path)
    assert plan.path.is_relative_to(tmp_path)
    assert service.status(plan) == "absent"
    service.install(plan)
    assert service.status(plan) == "installed"
    other = service.plan(system, tmp_path, {}, ("/other/python", "-m", "bridge", "run"))
    assert service.status(other) == "outdated"
    assert service.uninstall(plan)
    assert not service.uninstall(plan)
    assert not plan.path.exists()


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_asks_for_elevated_rights(system, tmp_path):
    plan = _plan(system, tmp_path)
    for text in (plan.text, plan.enable, plan.disable):
        assert "sudo" not in text
        assert "runas" not in text.lower()
        assert "/im " not in text  # would end the programs of others


def test_systemd_reads_the_command_back(tmp_path):
    plan = service.plan("linux", tmp_path, {}, ('/a b/"q"/50%/$x/py', "-m", "bridge"))
    line = next(line for line in plan.text.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart="))
    assert words == ['/a b/"q"/50%%/$$x/py', "-m", "bridge"]
    assert plan.path == tmp_path / ".config/systemd/user/nextbar.service"


def test_systemd_reads_a_folder_back_and_asks_the_daemon_alone_to_stop(tmp_path):
    text = _plan("linux", tmp_path, NEXTBAR_HOME="/my $music/50%").text
    assert 'Environment="NEXTBAR_HOME=/my $music/50%%"' in text.splitlines()
    assert "KillMode=mixed" in text.splitlines()


def test_systemd_follows_the_configured_folder(tmp_path):
    plan = _plan("linux", tmp_path, XDG_CONFIG_HOME=str(tmp_path / "cfg"))
    assert plan.path.is_relative_to(tmp_path / "cfg")


def test_launchd_gets_a_valid_agent(tmp_path):
    plan = _plan("darwin", tmp_path, NEXTBAR_HOME="/music & more")
    content = plistlib.loads(plan.text.encode())
    assert content["ProgramArguments"] == list(COMMAND)
    assert content["EnvironmentVariables"] == {"NEXTBAR_HOME": "/music & more"}
    assert content["Label"] in plan.path.name
    assert content["Label"] in plan.disable


def test_windows_starts_without_a_console(tmp_path):
    command = (r"C:\Program Files\Py\python.exe", "-m", "bridge", "run")
    plan = service.plan("win32", tmp_path, {"NEXTBAR_HOME": r"D:\x"}, command)
    assert r'"C:\Program Files\Py\pythonw.exe" "-m" "bridge" "run"' in plan.text
    assert r'set "NEXTBAR_HOME=D:\x"' in plan.text
    assert plan.path.name == "nextbar.cmd"


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_nextbar_home_is_carried_only_when_set(system, tmp_path):
    assert "NEXTBAR_HOME" not in _plan(system, tmp_path).text
    assert "NEXTBAR_HOME" in _plan(system, tmp_path, NEXTBAR_HOME="/here").text


def test_a_place_that_refuses_is_told_in_a_sentence(tmp_path):
    (tmp_path / ".config").write_text("a file where a folder should be")
    with pytest.raises(StorageFailed, match=r"nextbar\.service can't be written"):
        service.install(_plan("linux", Path(tmp_path)))
