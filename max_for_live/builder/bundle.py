# SPDX-License-Identifier: Apache-2.0
"""One script out of small CommonJS modules, since a frozen device can't be relied on to `require`.

Each module becomes a function; a `require` of a few lines hands out what they export. The end of
the bundle declares the functions that Max calls and passes them on to the entry module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

# `require("./name.js")`, the only form that the sources use.
_REQUIRE = re.compile(r'require\("(\./[\w.]+\.js)"\)')

_HEAD = """\
// {device} {version}. Made by max_for_live/build.py from max_for_live/source; don't edit.
inlets = 1;
outlets = 4;
autowatch = 0;

var nextbarModules = {{}};
var nextbarLoaded = {{}};

function nextbarRequire(name) {{
  if (!(name in nextbarLoaded)) {{
    var module = {{ exports: {{}} }};
    nextbarLoaded[name] = module;
    nextbarModules[name](module, module.exports, nextbarRequire);
  }}
  return nextbarLoaded[name].exports;
}}
"""

_MODULE = """
nextbarModules["{name}"] = function (module, exports, require) {{
"use strict";
{text}
}};
"""

# What Max calls must be declared at the top level. An OSC message arrives as `anything`.
_TAIL = """
var nextbarEntry = nextbarRequire("{entry}");

function start() {{ nextbarEntry.start(); }}
function control(name, ...value) {{ nextbarEntry.control(name, ...value); }}
function press(name) {{ nextbarEntry.press(name); }}
function gone() {{ nextbarEntry.gone(); }}
function notifydeleted() {{ nextbarEntry.gone(); }}
function anything(...atoms) {{ nextbarEntry.message(messagename, ...atoms); }}
"""


def bundle(
    entry: str, sources: Mapping[str, str], panel: Mapping[str, object], version: str
) -> str:
    """The one script of a device.

    Args:
        entry: file name of the module that has `start`, `control`, `press`, `message`, `gone`.
        sources: text of every module by file name.
        panel: what `require("./panel.js")` gives, with `version` added to it.
        version: of nextbar.

    Raises:
        ValueError: a module that is required does not exist.
    """
    made = json.dumps({**panel, "version": version}, indent=1, ensure_ascii=True)
    known = {**sources, "panel.js": f"module.exports = {made};"}
    parts = [_HEAD.format(device=panel["device"], version=version)]
    for name in reachable(entry, known):
        parts.append(_MODULE.format(name=f"./{name}", text=known[name].strip("\n")))
    return "".join([*parts, _TAIL.format(entry=f"./{entry}")])


def reachable(entry: str, sources: Mapping[str, str]) -> tuple[str, ...]:
    """The modules that the entry needs, in the order in which they are first required."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        if name not in sources:
            raise ValueError(f"max_for_live/source has no {name}.")
        found[name] = None
        waiting += [path.removeprefix("./") for path in _REQUIRE.findall(sources[name])]
    return tuple(found)
