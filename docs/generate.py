# SPDX-License-Identifier: Apache-2.0
"""Writes the reference parts of the documentation from the code, so that they can't drift.

    python docs/generate.py           writes
    python docs/generate.py --check   fails when a page is stale

A page is written by hand but for its blocks between `<!-- generated: NAME -->` and
`<!-- end -->`. A new page is a line in `PAGES` and the functions that give its blocks.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from argparse import Action
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bridge import paths
from bridge.cli.parser import all_verbs, parser_of
from bridge.cli.verb import Verb
from bridge.core.commands import COMMANDS, JOB_PARAMS, Command
from bridge.core.events import EVENTS, TERMINAL
from bridge.errors import CODES
from bridge.settings import default_toml, engines_doc, keys, variable
from models.corpus.credits import attributions, sets_table
from models.param import Param

DOCS = Path(__file__).parent
WEIGHTS = DOCS.parent / "models" / "engines" / "clip" / "weights"
_BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Blocks = Mapping[str, Callable[[], str]]


def verbs() -> str:
    """Every verb with its flags and an example, under the headings of the overview."""
    every = all_verbs().values()
    parts = []
    for group in dict.fromkeys(verb.group for verb in every):
        parts.append(f"## {group}")
        parts += [_verb(verb) for verb in every if verb.group == group]
    return "\n\n".join(parts)


def _verb(verb: Verb) -> str:
    actions = [a for a in parser_of(verb)._actions if a.dest != "help"]
    rows = [(_flags(action), (action.help or "").replace("%%", "%")) for action in actions]
    table = [_table(("argument", "meaning"), rows)] if rows else []
    example = f"```sh\n{verb.example}\n```"
    return "\n\n".join([f"### `nextbar {verb.name}`", verb.doc, example, *table])


def _flags(action: Action) -> str:
    """How an argument is written: `--bars BARS`, `-o FILE`, or FILE for a bare one."""
    flags = ", ".join(f"`{flag}`" for flag in action.option_strings)
    metavar = str(action.metavar or action.dest)
    if not flags:
        return f"`{metavar}`"
    return flags if action.nargs == 0 else f"{flags} `{metavar}`"


def settings() -> str:
    """Every setting with its names, range and default."""
    rows = [(f"`{p.name}`", f"`{variable(p.name)}`", _default(p), _about(p)) for p in keys()]
    rows.append(("`engines`", f"`{variable('engines')}`", "none", engines_doc()))
    return _table(("key", "environment", "default", "meaning"), rows)


def places() -> str:
    """Every place where nextbar keeps something, as its function describes it."""
    found = [
        value
        for name, value in vars(paths).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and value.__module__ == "bridge.paths"
    ]
    described = (inspect.getdoc(function) or "" for function in found if function is not paths.home)
    texts = (text.split("\n\nArgs:")[0] for text in described)
    return "\n".join(f"- {' '.join(text.split())}" for text in texts)


def toml() -> str:
    """What `nextbar config init` writes."""
    return f"```toml\n{default_toml()}```"


def commands() -> str:
    """Every command that becomes a job."""
    jobs = [command for command in COMMANDS.values() if command.kind == "job"]
    common = _params(JOB_PARAMS)
    shared = f"Every job also takes these:\n\n{common}"
    return "\n\n".join([shared, *(_command(command) for command in jobs)])


def queries() -> str:
    """Every command that is answered at once."""
    asked = [command for command in COMMANDS.values() if command.kind == "query"]
    return "\n\n".join(_command(command) for command in asked)


_PARTS = {
    "clip": "A take is one clip.",
    "voice": "A take is one clip a voice.",
    "step": "A take is one clip a step.",
    "part": "A take is one clip a part, each named by its role.",
    "audio": "A take is one audio file.",
    "": "",
}


def _command(command: Command) -> str:
    facts = [command.doc]
    if command.kind == "job":
        facts += [_clips(command), _PARTS[command.parts]]
    elif command.mutates:
        facts += [_clips(command)] if command.clips[1] else []
        facts.append("Changes something, so other machines need the token.")
    text = " ".join(fact for fact in facts if fact)
    table = [_params(command.params)] if command.params else []
    return "\n\n".join([f"### `{command.name}`", text, *table])


def _clips(command: Command) -> str:
    fewest, most = command.clips
    if not most:
        return "Takes no clip."
    count = str(most) if fewest == most else f"{fewest} to {most}"
    return f"Takes {count} clip{'' if count == '1' else 's'}."


def _params(params: Iterable[Param]) -> str:
    rows = [(f"`{p.name}`", p.kind, _range(p), _default(p), p.unit, p.doc) for p in params]
    return _table(("parameter", "kind", "range", "default", "unit", "meaning"), rows)


def _range(param: Param) -> str:
    if param.kind == "choice":
        named = [f"`{choice}`" if choice else "empty" for choice in param.choices]
        return ", ".join(named)
    if param.low is None or param.high is None:
        return ""
    return f"{_number(param.low)} to {_number(param.high)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _default(param: Param) -> str:
    if param.required:
        return "required"
    if param.default is None:
        return "chosen for you"
    if isinstance(param.default, bool):
        return str(param.default).lower()
    return str(param.default) if param.default not in {"", ()} else "empty"


def _about(param: Param) -> str:
    numeric = param.kind in {"int", "float", "choice"}
    return f"{param.doc} ({param.allowed()})" if numeric else param.doc


def events() -> str:
    """Every event with its fields, in order."""
    rows = [
        (f"`{e.name}`", ", ".join(f"`{f}`" for f in e.fields), _end(e.name), e.doc)
        for e in EVENTS.values()
    ]
    return _table(("event", "fields", "ends the job", "meaning"), rows)


def _end(name: str) -> str:
    return "yes" if name in TERMINAL else ""


def codes() -> str:
    """Every error code."""
    return _table(("code", "meaning"), [(f"`{code}`", doc) for code, doc in CODES.items()])


def figures() -> str:
    """How the shipped weights were trained, from the facts beside them."""
    facts = _facts()
    rows = ((name, _figure(facts.get(key))) for key, name in _FIGURES.items())
    return _table(("", ""), rows)


_FIGURES = {
    "parameters": "parameters",
    "bytes": "bytes, int8",
    "context": "tokens it was trained to read at once",
    "steps": "steps",
    "tokens": "tokens seen",
    "minutes": "minutes of training",
    "machine": "trained on",
    "valid_nats_per_token": "nats a token on works held out",
    "date": "date",
    "sha256": "sha256 of the weights",
    "corpus_sha256": "sha256 of the corpus",
}


def _figure(value: object) -> str:
    if value in {None, ""}:
        return "not measured yet"
    return f"{value:,}" if isinstance(value, int) else str(value)


def credits_named() -> str:
    """Whom CC BY asks to name."""
    return attributions(_facts()["credits"])


def _facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((WEIGHTS / "clip.json").read_text(encoding="utf-8"))
    return found


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES: tuple[tuple[Path, Blocks], ...] = (
    (DOCS / "command-line.md", {"verbs": verbs}),
    (DOCS / "configuration.md", {"settings": settings, "places": places, "toml": toml}),
    (
        DOCS / "protocol.md",
        {"commands": commands, "queries": queries, "events": events, "codes": codes},
    ),
    (
        WEIGHTS / "README.md",
        {"figures": figures, "sets": sets_table, "attributions": credits_named},
    ),
)


def filled(text: str, blocks: Blocks) -> str:
    """The page with every block as the code has it now.

    Raises:
        KeyError: the page has a block that nothing generates.
    """
    return _BLOCK.sub(lambda found: f"{found[1]}{blocks[found[2]]()}\n{found[3]}", text)


def missing(text: str, blocks: Blocks) -> set[str]:
    """Blocks that are generated, but have no place in the page."""
    return set(blocks) - {found[2] for found in _BLOCK.finditer(text)}


def stale() -> tuple[Path, ...]:
    """The pages that are not as the code would write them."""
    pages = ((path, path.read_text(encoding="utf-8"), blocks) for path, blocks in PAGES)
    return tuple(
        path
        for path, text, blocks in pages
        if missing(text, blocks) or filled(text, blocks) != text
    )


def main(words: Sequence[str]) -> int:
    """Write the pages, or with --check only say which are stale."""
    found = stale()
    for path in found:
        sys.stdout.write(f"{path.name} {'is stale' if '--check' in words else 'written'}\n")
    if "--check" in words:
        return 1 if found else 0
    for path, blocks in PAGES:
        path.write_text(filled(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
