# SPDX-License-Identifier: Apache-2.0
"""`nextbar live doctor`: what stands between the devices and the daemon, each with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bridge
from bridge import live
from bridge.doctor import Check, running_daemon
from bridge.errors import NextbarError

ANSWER_S = 1.0


def examine(
    system: str, found: live.Found, library: Path | None, install: str
) -> tuple[Check, ...]:
    """Run every check.

    Args:
        system: as `sys.platform` names it.
        found: what was found of Live.
        library: the folder that devices are copied below, or None.
        install: the command that copies them there.
    """
    return (
        check_live(system, found.versions),
        check_library(library),
        *check_devices(library, install),
        *check_daemon(running_daemon()),
    )


def check_live(system: str, versions: tuple[live.Version, ...]) -> Check:
    """A version of Live that runs the devices has been started here."""
    oldest = live.named([live.OLDEST_LIVE])
    if system not in ("darwin", "win32"):
        return Check("live", "warn", "Live runs on macOS and Windows only")
    if not versions:
        return Check("live", "warn", "no Live has been started here", "start Live once")
    found = f"{live.named(versions[:1])}; Max for Live is part of Suite, for Standard an addition"
    if versions[0] < live.OLDEST_LIVE:
        return Check("live", "fail", found, f"update Live to {oldest} or newer")
    return Check("live", "ok", found)


def check_library(library: Path | None) -> Check:
    """There is a folder for the devices."""
    if library is None:
        fix = "nextbar live install --folder PATH  # Live shows it under Settings, Library"
        return Check("user library", "fail", "not found", fix)
    return Check("user library", "ok", str(library))


def check_devices(library: Path | None, install: str) -> Iterator[Check]:
    """Each device lies in the library as it came with this nextbar, and beside them the file."""
    folder = library / live.FOLDER if library else None
    for name, data in live.shipped_devices().items():
        change = live.state_of(folder / name, data) if folder else "new"
        found = {
            "new": "not installed",
            "updated": f"not the one of nextbar {bridge.__version__}",
            "unchanged": "installed",
        }[change]
        fine = change == "unchanged"
        yield Check(name, "ok" if fine else "fail", found, "" if fine else install)
    if folder and folder.is_dir() and not _place_is_right(folder / live.PLACE_FILE):
        yield Check("port file", "warn", "the devices don't know where the ports stand", install)


def _place_is_right(path: Path) -> bool:
    try:
        return path.read_text(encoding="utf-8") == live.place_text()
    except OSError:
        return False


def check_daemon(facts: Mapping[str, Any]) -> Iterator[Check]:
    """The daemon runs, answers devices, and is of the version that the devices are."""
    if not facts:
        yield Check("daemon", "fail", "nextbar is not running", "nextbar run")
        return
    version, port = str(facts.get("version", "")), facts.get("osc_port", 0)
    if version != bridge.__version__:
        found = f"{version} is running, the devices are of {bridge.__version__}"
        yield Check("daemon", "warn", found, "stop the daemon and start it again: nextbar run")
    else:
        yield Check("daemon", "ok", f"{version} is running")
    yield check_answer(port)


def check_answer(port: int) -> Check:
    """The daemon answers on the port that the devices send to."""
    from bridge.client import OscClient

    try:
        with OscClient(port=port, timeout_s=ANSWER_S) as client:
            event = next(iter(client.request("ping")), {})
    except (NextbarError, OSError) as error:
        return Check("osc port", "fail", f"{port}: {error}", "nextbar run")
    if event.get("event") != "pong":
        return Check(
            "osc port", "fail", f"{port}: {event.get('message', 'no answer')}", "nextbar run"
        )
    return Check("osc port", "ok", f"{port} answers")
