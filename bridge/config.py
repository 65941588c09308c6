# SPDX-License-Identifier: Apache-2.0
"""Reads the settings: flags win over the environment, that over `config.toml`, that over defaults.

A key that does not exist or a value of the wrong kind is an error, never ignored.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bridge import paths
from bridge.errors import BadConfig
from bridge.loopback import is_loopback
from bridge.settings import ENVIRONMENT_PREFIX, Settings, keys
from models.errors import BadArgument, BadFile
from models.places import expanded, fault_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Settings", "load_settings"]


def load_settings(
    flags: Mapping[str, object], environ: Mapping[str, str], path: Path | None = None
) -> Settings:
    """The settings in force.

    Args:
        flags: key → value as given on the command line; None stands for "not given".
        environ: the environment.
        path: another configuration file than the usual one; it must exist.

    Raises:
        BadConfig: names the key, what is allowed, and the place that has it wrong.
    """
    values: dict[str, object] = {}
    origins = dict.fromkeys((*(param.name for param in keys()), "engines"), "default")
    for source in (_from_file(path), _from_environment(environ), _from_flags(flags)):
        for key, (value, origin) in source.items():
            values[key], origins[key] = value, origin
    settings = Settings(**values, origins=origins)  # type: ignore[arg-type]  # checked by _value
    _check_reach(settings)
    _check_folders(settings)
    return settings


_Source = dict[str, tuple[object, str]]


def _from_flags(flags: Mapping[str, object]) -> _Source:
    found = {key: value for key, value in flags.items() if value is not None}
    return {
        key: (_value(key, value, _flag(key)), f"flag {_flag(key)}") for key, value in found.items()
    }


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")


def _from_environment(environ: Mapping[str, str]) -> _Source:
    found: _Source = {}
    for name, text in environ.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or name == paths.HOME_VARIABLE or not text:
            continue
        key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        found[key] = (_value(key, text, f"environment variable {name}"), f"environment {name}")
    return found


def _from_file(path: Path | None) -> _Source:
    place = path or paths.config_file()
    if path is None and fault_of(place) == "does not exist":
        return {}
    data = _read_toml(place)
    for key, value in data.items():
        _check_toml_type(key, value, place)
    return {key: (_value(key, value, str(place)), f"file {place}") for key, value in data.items()}


def _read_toml(place: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "it can't be opened"
        raise BadConfig(f"{place} can't be read: {reason}.", where=str(place)) from error
    except UnicodeDecodeError as error:
        raise BadConfig(f"{place} is not a text file in UTF-8.", where=str(place)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{place} is not valid TOML: {error}.", where=str(place)) from error


_TOML_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "text": (str,),
    "choice": (str,),
}


def _check_toml_type(key: str, value: object, place: Path) -> None:
    """The file has types of its own: a port in quotes is a mistake there."""
    param = next((param for param in keys() if param.name == key), None)
    if param is None:
        return
    fits = isinstance(value, _TOML_TYPES[param.kind])
    if not fits or (isinstance(value, bool) and param.kind != "bool"):
        raise BadConfig(
            f"{key} must be {param.allowed()}, not {value!r:.60}, in {place}.", where=key
        )


def _value(key: str, value: object, place: str) -> object:
    """The value of one key, coerced and in range."""
    if key == "engines":
        return _engines(value, place)
    param = next((param for param in keys() if param.name == key), None)
    if param is None:
        raise BadConfig(f"{key} is not a setting{_hint(key)}, in {place}.", where=key)
    try:
        return param.coerce(value)
    except BadArgument as error:
        raise BadConfig(f"{error.message.rstrip('.')}, in {place}.", where=key) from None


def _hint(key: str) -> str:
    known = [*(param.name for param in keys()), "engines"]
    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _engines(value: object, place: str) -> dict[str, str]:
    """Place → interpreter, from a TOML table or from "pkg.mod:Class=/path/python,other:Class"."""
    if isinstance(value, str):
        parts = (part.strip().partition("=") for part in value.split(",") if part.strip())
        value = {engine: python for engine, _, python in parts}
    if not isinstance(value, Mapping):
        raise BadConfig(f"engines must be a table, in {place}.", where="engines")
    for engine, python in value.items():
        module, _, name = str(engine).partition(":")
        if not module or not name or not isinstance(python, str):
            raise BadConfig(
                f'engines must read "package.module:Class" = "interpreter or empty", '
                f"not {engine} = {python!r:.40}, in {place}.",
                where=f"engines.{engine}",
            )
    return dict(value)


def _check_reach(settings: Settings) -> None:
    """Other machines get in only when that was asked for, and only with a token."""
    if not is_loopback(settings.host) and not settings.allow_remote:
        raise BadConfig(
            f"host {settings.host} lets other machines in; set allow_remote = true and a token, "
            "or leave host at 127.0.0.1.",
            where="host",
        )
    if settings.allow_remote and not settings.token:
        raise BadConfig(
            "allow_remote needs a token: set token in config.toml or NEXTBAR_TOKEN in the "
            "environment to a long random word.",
            where="token",
        )


def _check_folders(settings: Settings) -> None:
    """Folders need not be there yet, but they must be able to be."""
    try:
        settings.takes_path()
        settings.audio_reach()
        expanded(settings.midi_captures_folder, "midi_captures_folder")
    except BadFile as error:
        raise BadConfig(error.message, where=error.where) from None
