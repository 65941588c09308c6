# SPDX-License-Identifier: Apache-2.0
"""Which engines there are, and for each absent one why and the line that installs it.

An engine is named by the place of its class, `package.module:Class`. Three sources: the list
below, the entry points `nextbar.engines` of other distributions, and the user's configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import cast

from models.clip import Clip
from models.engine import Engine, EngineInfo
from models.errors import BadArgument, NoEngine, NotInstalled

ENTRY_POINT_GROUP = "nextbar.engines"

# In order of preference: the first that is available and serves a request answers it. The order
# follows the measurements in docs/quality-generation.md: what accompanies and harmonises is best
# written by rules, what goes on from a clip by the network.
BUILT_IN = (
    "models.engines.drums.engine:Drums",
    "models.engines.rules:Rules",
    "models.engines.clip.engine:ClipModel",
    "models.engines.motif:Motif",
    "models.engines.morph.engine:Morph",
    "models.engines.performer.engine:Performer",
    "models.engines.musicgen.engine:MusicGenEngine",
    "models.engines.tonebank.engine:Tonebank",
    "models.engines.echo:Echo",
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One engine as it is found on this machine; `reason` is empty when it can be used.

    `place` names its class, `python` the interpreter that runs it: empty for our own.
    """

    info: EngineInfo
    place: str
    python: str = ""
    reason: str = ""
    install: str = ""


def load_class(place: str) -> type[Engine]:
    """The engine class at `package.module:Class`.

    Raises:
        BadArgument: the place does not name one.
    """
    module_name, _, class_name = place.partition(":")
    try:
        found = getattr(import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadArgument(
            f"{place} does not name an engine class: {error}.", where=place
        ) from error
    return cast("type[Engine]", found)


def listings(extra_places: Mapping[str, str] | None = None) -> tuple[Listing, ...]:
    """Every engine known here, the configured ones first.

    Args:
        extra_places: place of the class → interpreter (empty for this one), as configured.
    """
    foreign = [point.value for point in entry_points(group=ENTRY_POINT_GROUP)]
    configured = dict(extra_places or {})
    places = [*configured, *(place for place in (*foreign, *BUILT_IN) if place not in configured)]
    return tuple(_listing(place, configured.get(place, "")) for place in places)


def renewed(engines: Sequence[Listing]) -> tuple[Listing, ...]:
    """The same engines, looked at again: what one lacked may be here by now, or gone.

    A model is fetched or deleted, a package installed, while the daemon runs.
    """
    return tuple(_looked_at_again(engine) for engine in engines)


def _looked_at_again(engine: Listing) -> Listing:
    found = _listing(engine.place, engine.python)
    if not found.info.commands:  # its class can't be imported, and won't be from now on
        return engine
    return replace(engine, reason=found.reason, install=found.install)


def check_name(engines: Sequence[Listing], name: str) -> None:
    """Find out whether an engine of that name is listed; an empty name leaves it open.

    Raises:
        NoEngine: it is not.
    """
    if name and name not in {engine.info.name for engine in engines}:
        known = ", ".join(sorted(engine.info.name for engine in engines))
        raise NoEngine(f"There is no engine {name}; there are {known}.", where="engine")


def choose(
    engines: Sequence[Listing],
    command: str,
    *,
    name: str = "",
    role: str = "",
    wishes: Collection[str] = (),
    clips: Sequence[Clip] | None = None,
) -> Listing:
    """The engine that shall answer: the one named, or the first that can and follows most wishes.

    Args:
        engines: in order of preference.
        command: what is asked.
        name: of an engine; empty leaves it open.
        role: for `accompany`.
        wishes: controls of `models.wishes` that were set.
        clips: those given; None leaves open which.

    Raises:
        NoEngine: nothing here serves the command (the role, clips of that kind), or the name is
            unknown.
        NotInstalled: what serves it lacks something; the message has the line that installs it.
    """
    check_name(engines, name)
    wanted = [engine for engine in engines if not name or engine.info.name == name]
    able = [engine for engine in wanted if serves(engine.info, command, role)]
    if not able:
        raise NoEngine(_nobody(engines, command, name, role), where="engine" if name else command)
    if clips is not None:
        able = _fitting(able, command, clips, named=bool(name))
    ready = [engine for engine in able if not engine.reason]
    if not ready:
        raise NotInstalled(f"{able[0].reason}; install it with: {able[0].install}", where="engine")
    return min(ready, key=lambda engine: len(set(wishes) - set(engine.info.honours)))


def _fitting(
    able: Sequence[Listing], command: str, clips: Sequence[Clip], *, named: bool
) -> list[Listing]:
    """Those that read clips of these kinds, or none.

    Raises:
        NoEngine: nobody does, with the kind that would be served.
    """
    if not clips:
        ready = [engine for engine in able if named or not engine.info.needs_clips]
        return ready or list(able)
    kinds = {clip.kind for clip in clips}
    fitting = [engine for engine in able if kinds <= set(engine.info.reads(command))]
    if fitting:
        return fitting
    served = sorted({kind for engine in able for kind in engine.info.reads(command)})
    who = able[0].info.name if named else "any engine here"
    given = " and ".join(sorted(kinds))
    instead = f"{' or '.join(served)} clips" if len(kinds) == 1 else "clips of one kind"
    raise NoEngine(
        f"{command} of {given} clips is not served by {who}; "
        f"give {instead}{' or name no engine' if named else ''}.",
        where="clips",
    )


def serves(info: EngineInfo, command: str, role: str = "") -> bool:
    """Whether the engine serves the command, and where it has roles, the role."""
    return command in info.commands and (not role or role in info.roles)


def _nobody(engines: Sequence[Listing], command: str, name: str, role: str) -> str:
    """A sentence that says what can be asked instead."""
    asked = f"{command} with role {role}" if role else command
    if name:
        able = [e.info.name for e in engines if serves(e.info, command, role)]
        instead = f"; ask for {' or '.join(able)}" if able else ""
        return f"{name} does not serve {asked}{instead}."
    if role:
        roles = sorted({r for e in engines if command in e.info.commands for r in e.info.roles})
        return f"No engine here serves {asked}; roles that are served: {', '.join(roles)}."
    served = dict.fromkeys(c for e in engines if not e.reason for c in e.info.commands)
    return (
        f"No engine here serves {asked} yet; update nextbar or add an engine that does. "
        f"Served are {', '.join(served) or 'no commands'}."
    )


def _listing(place: str, python: str) -> Listing:
    """The engine at `place`; one that can't be imported is listed with the reason."""
    try:
        found = load_class(place)
        info = found.info
    except BadArgument as error:
        nothing = EngineInfo(place, "An engine that can't be loaded.", commands=())
        return Listing(nothing, place, python, error.message, "check its entry in the settings")
    if python:  # its modules live in the other interpreter
        return Listing(info, place, python)
    missing = [module for module in info.modules if find_spec(module) is None]
    if not missing:
        reason, install = _absent(found)
        return Listing(info, place, reason=reason, install=install)
    reason = f"{info.name} needs {', '.join(missing)}, which is not installed"
    return Listing(info, place, reason=reason, install=f'pip install "nextbar[{info.extra}]"')


def _absent(engine: type[Engine]) -> tuple[str, str]:
    """Why an engine whose modules are all there can't be used all the same, and what mends it."""
    absent = getattr(engine, "absent", None)
    return (absent() if absent else None) or ("", "")
