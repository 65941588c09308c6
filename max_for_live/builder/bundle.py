# SPDX-License-Identifier: Apache-2.0
"""One script out of small CommonJS modules, since a frozen device can't be relied on to `require`.

Each module becomes a function, and a `require` of a few lines hands out what they export. The
entry stands as it is at the end, so that its functions are what Max calls. Its own calls of
`require` are renamed with the others: Max has a function of that name at the top level.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from max_for_live.builder.wiring import script_outlets

# `require("./name.js")`, the only form that the sources use.
_REQUIRE = re.compile(r"""\brequire\((["'])(\./[\w.]+\.js)\1\)""")

_ENTRY = "./device.js"

_HEAD = """\
// {device} {version}. Made by max_for_live/build.py from max_for_live/source; don't edit.
inlets = 1;
outlets = {outlets};

var nextbarModules = {{}};
var nextbarLoaded = {{}};

function nextbarRequire(name) {{
  if (!(name in nextbarLoaded)) {{
    var module = {{ exports: {{}} }};
    nextbarLoaded[name] = module;
    nextbarModules[name](module, module.exports);
  }}
  return nextbarLoaded[name].exports;
}}
"""

_MODULE = """
nextbarModules["{name}"] = function (module, exports) {{
"use strict";
{text}
}};
"""

# What differs between the devices: the entry requires it, and no file of `source/` has its name.
_CHOSEN = "./chosen.js"
_CHOSEN_TEXT = """\
exports.Device = require("./{module}").Device;
exports.panel = {panel};"""


def bundle(panel: Mapping[str, object], sources: Mapping[str, str], version: str) -> str:
    """The one script of a device.

    Args:
        panel: what the panel file says; the script gets it with `version` added.
        sources: text of every module of `source/` by file name.
        version: of nextbar.

    Raises:
        ValueError: a module that is required does not exist.
    """
    made = json.dumps({**panel, "version": version}, ensure_ascii=True)
    known = {f"./{name}": text for name, text in sources.items()}
    known[_CHOSEN] = _CHOSEN_TEXT.format(module=panel["module"], panel=made)
    outlets = script_outlets(panel)
    parts = [_HEAD.format(device=panel["device"], version=version, outlets=outlets)]
    for name in reachable(_ENTRY, known)[1:]:
        parts.append(_MODULE.format(name=name, text=_renamed(known[name])))
    return _ascii("".join([*parts, "\n", _renamed(known[_ENTRY]), "\n"]))


def _ascii(text: str) -> str:
    """The text with other letters as escapes, so that it does not matter how Max reads it."""
    return "".join(
        letter if letter.isascii() else "".join(f"\\u{unit:04x}" for unit in _utf16(letter))
        for letter in text
    )


def _utf16(letter: str) -> tuple[int, ...]:
    data = letter.encode("utf-16-be")
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


def reachable(entry: str, sources: Mapping[str, str]) -> tuple[str, ...]:
    """The modules that the entry needs, itself first."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        if name not in sources:
            raise ValueError(f"max_for_live has no {name}, which a source requires.")
        found[name] = None
        waiting += [path for _, path in _REQUIRE.findall(sources[name])]
    return tuple(found)


def _renamed(text: str) -> str:
    return _REQUIRE.sub(r'nextbarRequire("\2")', text).strip("\n")
