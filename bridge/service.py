# SPDX-License-Identifier: Apache-2.0
"""Starts the daemon with the user's session: the file that each system wants, and where it goes.

Always the user's own session, never a system service: only there are the user's MIDI ports, and
no rights of an administrator are needed. Nothing is switched on here; the command that does so is
told instead.
"""

from __future__ import annotations

import plistlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath

from bridge.errors import NextbarError, StorageFailed

LABEL = "io.nextbar.daemon"
_CARRIED = "NEXTBAR_HOME"


@dataclass(frozen=True, slots=True)
class Plan:
    """A file for this system's session manager, and the commands that go with it.

    Attributes:
        path: where the file belongs.
        text: its contents.
        enable: the command that switches it on.
        disable: the command that stops it; empty where only ending the process does.
    """

    path: Path
    text: str
    enable: str
    disable: str


def plan(system: str, home: Path, environ: Mapping[str, str], command: Sequence[str]) -> Plan:
    """What would be written.

    Args:
        system: as `sys.platform` names it.
        home: the user's home folder.
        environ: the environment.
        command: program and arguments that run the daemon.
    """
    if system == "darwin":
        return _launchd(home, environ, command)
    if system == "win32":
        return _windows(home, environ, command)
    return _systemd(home, environ, command)


def install(plan: Plan) -> None:
    """Write the file.

    Raises:
        StorageFailed: it can't be written.
    """
    try:
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        plan.path.write_bytes(plan.text.encode())
    except OSError as error:
        raise _failed(plan.path, "written", error) from error


def uninstall(plan: Plan) -> bool:
    """Delete the file; whether there was one.

    Raises:
        StorageFailed: it can't be deleted.
    """
    try:
        plan.path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _failed(plan.path, "deleted", error) from error
    return True


def status(plan: Plan) -> str:
    """`installed`, `outdated` (made for another version or place) or `absent`."""
    try:
        content = plan.path.read_bytes()
    except OSError:
        return "absent"
    return "installed" if content == plan.text.encode() else "outdated"


def _failed(path: Path, verb: str, error: OSError) -> NextbarError:
    reason = error.strerror or "the system refuses"
    return StorageFailed(f"{path} can't be {verb}: {reason}.", where=str(path))


def _systemd(home: Path, environ: Mapping[str, str], command: Sequence[str]) -> Plan:
    root = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    carried = environ.get(_CARRIED, "")
    lines = [
        "[Unit]",
        "Description=nextbar, the bridge between a DAW and music models",
        "",
        "[Service]",
        "ExecStart=" + " ".join(_systemd_word(word).replace("$", "$$") for word in command),
        *([f"Environment={_systemd_word(f'{_CARRIED}={carried}')}"] if carried else []),
        "Restart=on-failure",
        "RestartPreventExitStatus=2 3",  # a wrong flag, or one that runs already
        "KillMode=mixed",  # the daemon is asked to stop, and ends its processes in order
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    return Plan(
        root / "systemd" / "user" / "nextbar.service",
        "\n".join(lines),
        "systemctl --user daemon-reload && systemctl --user enable --now nextbar",
        "systemctl --user disable --now nextbar",
    )


def _systemd_word(word: str) -> str:
    """One word as systemd reads it back: quoted, with its specifiers doubled.

    Variables stand only in commands, so there the $ is doubled too (systemd.exec, systemd.service).
    """
    plain = word.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("%", "%%") + '"'


def _launchd(home: Path, environ: Mapping[str, str], command: Sequence[str]) -> Plan:
    path = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    content: dict[str, object] = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ProcessType": "Interactive",
    }
    if environ.get(_CARRIED):
        content["EnvironmentVariables"] = {_CARRIED: environ[_CARRIED]}
    return Plan(
        path,
        plistlib.dumps(content).decode(),
        f'launchctl bootstrap gui/$(id -u) "{path}"',
        f"launchctl bootout gui/$(id -u)/{LABEL}",
    )


def _windows(home: Path, environ: Mapping[str, str], command: Sequence[str]) -> Plan:
    roaming = environ.get("APPDATA")
    root = Path(roaming) if roaming else home / "AppData" / "Roaming"
    startup = root / "Microsoft" / "Windows" / "Start Menu" / "Programs" / "Startup"
    program, *rest = command
    words = " ".join(f'"{word}"' for word in (str(_windowless(program)), *rest))
    carried = environ.get(_CARRIED, "")
    lines = [
        "@echo off",
        *([f'set "{_CARRIED}={carried.replace("%", "%%")}"'] if carried else []),
        f'start "nextbar" /min {words.replace("%", "%%")}',
        "",
    ]
    path = startup / "nextbar.cmd"
    return Plan(path, "\r\n".join(lines), f'"{path}"', "")


def _windowless(program: str) -> PurePath:
    """The interpreter that opens no console, beside python.exe."""
    path = PureWindowsPath(program)
    return path.with_name("pythonw.exe") if path.name.lower() == "python.exe" else path
