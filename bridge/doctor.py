# SPDX-License-Identifier: Apache-2.0
"""The doctor: short checks of this installation, each with the command that fixes what it finds.

No check needs Live or the network, and none takes longer than about a second.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import bridge
from bridge import paths
from bridge.config import Settings, load_settings
from bridge.errors import NextbarError

if TYPE_CHECKING:
    from models.registry import Listing

State = Literal["ok", "warn", "fail"]

NEWEST_PYTHON = (3, 13)
LOW_SPACE_BYTES = 1_000_000_000
NO_SPACE_BYTES = 50_000_000
DATABASE_CHECK_S = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found; `fix` is a command to type, or empty."""

    name: str
    state: State
    found: str
    fix: str = ""


def examine(environ: Mapping[str, str], config: Path | None = None) -> tuple[Check, ...]:
    """Run every check; those that need settings use the defaults when the file is broken."""
    settings, parsed = check_config(environ, config)
    checks: tuple[Callable[[], Check], ...] = (
        check_python,
        check_version,
        lambda: parsed,
        lambda: check_takes_folder(settings.takes_path()),
        lambda: check_takes_database(paths.takes_database(settings.takes_path())),
        lambda: check_port("osc port", socket.SOCK_DGRAM, settings.host, settings.osc_port),
        lambda: check_port("http port", socket.SOCK_STREAM, settings.host, settings.http_port),
        lambda: check_folder("runtime folder", paths.runtime_folder()),
        lambda: check_folder("log folder", paths.log_folder()),
        lambda: check_midi(settings),
        lambda: check_audio(settings),
    )
    return (*(check() for check in checks), *check_engines(settings))


def check_python() -> Check:
    """The interpreter is one that nextbar is tested on; older ones can't install it."""
    version = sys.version_info[:2]
    found = f"{version[0]}.{version[1]} at {sys.executable}"
    if version > NEWEST_PYTHON:
        return Check(
            "python", "warn", f"{found}: not tested yet", "uv tool install -p 3.13 nextbar"
        )
    return Check("python", "ok", found)


def check_version() -> Check:
    """A running daemon is of the version that is installed."""
    running = running_daemon().get("version", "")
    if running and running != bridge.__version__:
        found = f"{bridge.__version__} is installed, but {running} is running"
        return Check("version", "warn", found, "stop the daemon and start it again: nextbar run")
    return Check("version", "ok", f"{bridge.__version__}, protocol {bridge.PROTOCOL}")


def check_config(environ: Mapping[str, str], path: Path | None = None) -> tuple[Settings, Check]:
    """The settings, or the defaults and what is wrong with them."""
    place = path or paths.config_file()
    try:
        settings = load_settings({}, environ, path)
    except NextbarError as error:
        return Settings(), Check("config", "fail", error.message, "nextbar config path")
    found = str(place) if place.exists() else f"defaults; {place} does not exist"
    return settings, Check("config", "ok", found)


def check_takes_folder(folder: Path) -> Check:
    """Takes can be written, and there is room for them."""
    check = check_folder("takes folder", folder)
    if check.state == "fail":
        return check
    free = shutil.disk_usage(_existing(folder)).free
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < NO_SPACE_BYTES:
        return Check("takes folder", "fail", found, "free some space, or set takes_folder")
    if free < LOW_SPACE_BYTES:
        return Check("takes folder", "warn", found, "free some space, or set takes_folder")
    return Check("takes folder", "ok", found)


def check_folder(name: str, folder: Path) -> Check:
    """The folder can be written, or made."""
    fix = f'mkdir -p "{folder}" && chmod u+rwx "{folder}"'
    if os.name == "nt":
        fix = f'mkdir "{folder}"'
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            pass
    except OSError as error:
        reason = error.strerror or "it can't be written"
        return Check(name, "fail", f"{folder}: {reason}", fix)
    return Check(name, "ok", str(folder))


def _existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("."))


def check_takes_database(path: Path) -> Check:
    """The database of takes is whole, as far as a second of looking tells."""
    if not path.exists():
        return Check("takes database", "ok", "none yet; the first take makes it")
    deadline = time.monotonic() + DATABASE_CHECK_S
    broken = "nextbar takes list  # sets it aside and makes it again from the takes"
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.5)
        try:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        if "interrupted" in str(error):
            return Check("takes database", "ok", f"{path}; too large to be checked whole")
        return Check("takes database", "fail", f"{path}: {error}", broken)
    if verdict != "ok":
        return Check("takes database", "fail", f"{path}: {verdict}", broken)
    return Check("takes database", "ok", str(path))


def check_port(name: str, kind: socket.SocketKind, host: str, port: int) -> Check:
    """The port is free, or our own daemon listens there."""
    key = "osc_port" if kind is socket.SOCK_DGRAM else "http_port"
    try:
        family = socket.getaddrinfo(host, port, type=kind)[0][0]
        with socket.socket(family, kind) as probe:
            if os.name != "nt" and kind is socket.SOCK_STREAM:  # there it would steal the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        daemon = running_daemon()
        if daemon.get(key) == port:
            return Check(name, "ok", f"{port}: nextbar {daemon.get('version', '')} listens there")
        reason = error.strerror or "it can't be opened"
        fix = f"nextbar run --{name.replace(' ', '-')} {port + 10 if port < 65000 else 9311}"
        return Check(name, "fail", f"{host}:{port}: {reason}", fix)
    return Check(name, "ok", f"{host}:{port} is free")


def running_daemon() -> Mapping[str, Any]:
    """What the port file says of the daemon that runs: pid, version, ports; empty without one."""
    from bridge.runtime import read_ports

    facts = read_ports()
    return facts if _is_alive(facts.get("pid")) else {}


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    if os.name == "nt":  # os.kill would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_midi(settings: Settings, system: str = sys.platform) -> Check:
    """Live MIDI ports can be opened; files work without them."""
    packages = [name for name in ("rtmidi", "jack") if find_spec(name)]
    if not packages:
        found = "not installed: no live MIDI ports; MIDI files work without them"
        state: State = "fail" if settings.midi else "ok"
        return Check("midi ports", state, found, "pip install 'nextbar[midi]'")
    if not settings.midi:
        return Check("midi ports", "ok", "can be turned on: nextbar run --midi")
    from bridge.doors.midi.ports import LOOP_IN, LOOP_OUT, LOOPS, port_names
    from bridge.doors.midi.setup import missing_ports

    ports, faults = port_names(system)
    if not ports and faults:
        return Check("midi ports", "fail", " ".join(faults.values()), "nextbar midi list")
    missing = missing_ports(settings.midi_input, settings.midi_output, ports, system)
    if missing:
        fix = LOOPS if {LOOP_IN, LOOP_OUT} & {*missing} else "nextbar midi list names what there is"
        return Check("midi ports", "fail", f"there is no port {', '.join(missing)}", fix)
    names = ", ".join(dict.fromkeys(port["name"] for port in ports)) or "none of others"
    return Check("midi ports", "ok", names)


def check_audio(settings: Settings) -> Check:
    """Audio files can be read at any rate, and the audio output has its library."""
    missing = [module for module in ("soundfile", "soxr") if find_spec(module) is None]
    if missing:
        found = f"{', '.join(missing)} is not installed, so some sound can't be read or resampled"
        return Check("audio", "warn", found, f"pip install {' '.join(missing)}")
    if not settings.audio_out:
        return Check("audio", "ok", "can be heard as it is made: nextbar run --audio-out default")
    from bridge.sound.devices import INSTALL, check_installed

    try:
        check_installed(settings.audio_out)
    except NextbarError as error:
        return Check("audio", "fail", error.message, INSTALL)
    return Check("audio", "ok", f"output {settings.audio_out}")


def check_engines(settings: Settings) -> tuple[Check, ...]:
    """Each engine, and for an absent one the line that installs it.

    One that the user configured must be there; the others are optional.
    """
    from models.registry import listings

    return tuple(
        _check_engine(engine, wanted=engine.place in settings.engines)
        for engine in listings(settings.engines)
    )


def _check_engine(engine: Listing, *, wanted: bool) -> Check:
    name = f"engine {engine.info.name}"
    if not engine.reason:
        return Check(name, "ok", ", ".join(engine.info.commands))
    return Check(name, "fail" if wanted else "warn", engine.reason, engine.install)
