# SPDX-License-Identifier: Apache-2.0
"""`doctor` and `service ...`: whether all is well, and starting with the user's session."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.cli.verb import Verb, add_json

if TYPE_CHECKING:
    from bridge.doctor import Check
    from bridge.service import Plan


def verbs() -> tuple[Verb, ...]:
    """The verbs that look after the installation."""
    return (
        Verb(
            "doctor",
            "Check this installation; each fault comes with the command that fixes it.",
            "nextbar doctor",
            doctor,
            add_json,
        ),
        Verb(
            "service install",
            "Write the file that starts nextbar with your session, and tell how to enable it.",
            "nextbar service install --print",
            install,
            _install_arguments,
        ),
        Verb(
            "service uninstall",
            "Delete that file.",
            "nextbar service uninstall",
            uninstall,
        ),
        Verb(
            "service status",
            "Whether that file is there and up to date.",
            "nextbar service status",
            status,
            add_json,
        ),
    )


def _install_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", help="show the file and write nothing")


def doctor(args: Namespace) -> int:
    """Print every check; 1 when one fails."""
    from bridge.doctor import examine

    return report(examine(os.environ), as_json=args.json)


def report(checks: Sequence[Check], *, as_json: bool) -> int:
    """Print checks with what fixes them; 1 when one fails."""
    from bridge.cli.output import say, say_json, say_table

    failed = [check for check in checks if check.state == "fail"]
    if as_json:
        say_json([_check_data(check) for check in checks])
        return 1 if failed else 0
    say_table(("check", "state", "found"), [(c.name, c.state, c.found) for c in checks])
    for check in checks:
        if check.fix:
            say(f"For {check.name}: {check.fix}")
    say(f"{len(failed)} of {len(checks)} checks failed." if failed else "All is well.")
    return 1 if failed else 0


def _check_data(check: Check) -> dict[str, str]:
    return {"name": check.name, "state": check.state, "found": check.found, "fix": check.fix}


def _plan() -> Plan:
    from bridge.service import plan

    command = (sys.executable, "-m", "bridge", "run")
    return plan(sys.platform, Path.home(), os.environ, command)


def install(args: Namespace) -> int:
    """Write the file for this system, or show it."""
    from bridge import service
    from bridge.cli.output import say

    plan = _plan()
    if args.print:
        say(f"# {plan.path}\n{plan.text}")
        return 0
    service.install(plan)
    say(f"Written: {plan.path}")
    say(f"Enable it with: {plan.enable}")
    return 0


def uninstall(_: Namespace) -> int:
    """Delete the file."""
    from bridge import service
    from bridge.cli.output import say
    from bridge.doctor import running_daemon

    plan = _plan()
    if service.uninstall(plan):
        say(f"Deleted: {plan.path}")
    else:
        say(f"There was no {plan.path}.")
    running = running_daemon()
    if running:
        stop = plan.disable or f"taskkill /f /pid {running.get('pid')}"
        say(f"nextbar is running still; stop it with: {stop}")
    return 0


def status(args: Namespace) -> int:
    """Print whether the file is there."""
    from bridge import service
    from bridge.cli.output import say, say_json

    plan = _plan()
    state = service.status(plan)
    if args.json:
        say_json({"state": state, "path": str(plan.path)})
    else:
        say(f"{state}: {plan.path}")
    return 0
