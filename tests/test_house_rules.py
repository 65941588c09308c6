# SPDX-License-Identifier: Apache-2.0
"""Taste as tests: sizes, import arrows, borders, licences, versions."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for folder in ("bridge", "max_for_live", "models")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
TESTS = sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "bench").rglob("*.py"))

# From where nothing of these may be imported: arrows run doors -> core -> jobs -> worker -> models.
FORBIDDEN = {
    "models": ("bridge",),
    "max_for_live": ("bridge", "models"),
    "bridge/worker": ("bridge.core", "bridge.jobs", "bridge.doors", "bridge.app", "bridge.cli"),
    "bridge/jobs.py": ("bridge.core", "bridge.doors", "bridge.app", "bridge.cli"),
    "bridge/takes": ("bridge.core", "bridge.doors", "bridge.app", "bridge.cli"),
    "bridge/core": ("bridge.doors", "bridge.app", "bridge.cli", "socket", "asyncio", "time"),
    "bridge/doors": ("bridge.app", "bridge.cli", "bridge.jobs", "bridge.worker", "bridge.takes"),
    "bridge/pictures": ("bridge.core", "bridge.doors", "bridge.app", "bridge.cli"),
}
# A row of a package's map: `name, name   what they are for`.
ROW = re.compile(r"^ *(\w+(?:, \w+)*) {2,}\S", re.M)
# Where a broad `except Exception` is right: the borders of door, job and worker.
BORDERS = {
    "bridge/worker/child.py": 2,
    "bridge/offline.py": 1,
    "bridge/switchboard.py": 2,
    "bridge/doors/midi/stage.py": 1,
    "bridge/doors/osc/door.py": 1,
    "bridge/cli/__init__.py": 1,
}
MAX_IGNORES = 16  # `noqa` and `type: ignore` in bridge/ and models/; only ever lowered


def name(path):
    return path.relative_to(ROOT).as_posix()


def code_lines(path):
    """Lines that are neither blank nor comment."""
    return [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name)
def test_a_file_has_one_idea_and_says_which(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    if path in SOURCES:
        assert ast.get_docstring(ast.parse(text)), "the file does not say what it is for"
    assert len(code_lines(path)) <= (300 if path in SOURCES else 500)


PACKAGES = [path.parent for path in SOURCES + TESTS if path.name == "__init__.py"]


@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_a_package_of_more_than_five_has_a_map_that_is_true(package):
    inside = [path.stem for path in package.glob("*.py") if not path.stem.startswith("__")]
    inside += [path.parent.name for path in package.glob("*/__init__.py")]
    text = (package / "__init__.py").read_text(encoding="utf-8")
    rows = ROW.findall(ast.get_docstring(ast.parse(text)) or "")
    if rows or len(inside) > 5:
        assert sorted(", ".join(rows).split(", ")) == sorted(inside)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_are_short(path):
    long = {
        f.name: f.end_lineno - f.lineno + 1
        for f in functions(path)
        if f.end_lineno - f.lineno + 1 > 50
    }
    assert long == {}


@pytest.mark.parametrize(("place", "forbidden"), FORBIDDEN.items())
def test_arrows_run_one_way(place, forbidden):
    wrong = [
        (name(path), module)
        for path in SOURCES
        if name(path).startswith(place)
        for module in imports(path)
        if any(module == f or module.startswith(f + ".") for f in forbidden)
    ]
    assert wrong == []


def test_broad_excepts_stand_only_at_the_borders():
    found = {}
    for path in SOURCES:
        count = len(re.findall(r"except (?:Base)?Exception\b", path.read_text(encoding="utf-8")))
        if count:
            found[name(path)] = count
    over = {place: count for place, count in found.items() if count > BORDERS.get(place, 0)}
    assert over == {}


def test_ignored_warnings_are_few():
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert len(re.findall(r"# (?:noqa|type: ignore)", text)) <= MAX_IGNORES


def test_printing_is_left_to_the_command_line():
    wrong = [
        name(path)
        for path in SOURCES
        if not name(path).startswith(("bridge/cli/", "max_for_live/build.py"))
        and re.search(r"^\s*print\(", path.read_text(encoding="utf-8"), re.M)
    ]
    assert wrong == []


@pytest.mark.parametrize("package", ["bridge", "bridge.app", "models.registry", "bridge.cli"])
def test_importing_is_light(package):
    code = f"import sys, {package}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "PIL", "transformers"} & set(done.stdout.split())


def test_the_version_stands_in_one_place_and_heads_the_changelog():
    import bridge

    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.M).group(1) == bridge.__version__


def test_no_module_holds_state_that_can_change():
    wrong = []
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            target = getattr(node, "targets", [getattr(node, "target", None)])[0]
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name):
                mutable = isinstance(node.value, ast.List | ast.Set | ast.ListComp)
                if mutable and target.id != "__all__":
                    wrong.append(f"{name(path)}: {target.id}")
    assert wrong == []


def test_what_is_shipped_is_small():
    files = [
        p
        for folder in ("bridge", "max_for_live", "models")
        for p in (ROOT / folder).rglob("*")
        if p.is_file()
    ]
    large = [name(path) for path in files if path.stat().st_size > 12_000_000]
    assert large == []


def test_ci_runs_the_commands_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    for command in commands:
        assert command in script


def test_links_between_the_pages_lead_somewhere():
    dead = []
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                dead.append(f"{name(page)}: {target}")
    assert dead == []
