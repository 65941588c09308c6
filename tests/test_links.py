# SPDX-License-Identifier: Apache-2.0
"""The pages hang together: no dead link, and everything there is can be found from the README."""

import re
from pathlib import Path

import pytest

from bridge.core.commands import COMMANDS
from models.registry import listings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FOLDERS = ("docs", "models", "max_for_live", "bench")
PAGES = sorted({README, ROOT / "CHANGELOG.md"}.union(*((ROOT / f).rglob("*.md") for f in FOLDERS)))
CODE = re.compile(r"```.*?```", re.DOTALL)


def links(page):
    """Where the page leads to: pairs of a file and an anchor in it."""
    text = re.sub(r"`[^`\n]*`", "", CODE.sub("", page.read_text(encoding="utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http:", "https:")):
            place, _, anchor = target.partition("#")
            yield (page.parent / place).resolve() if place else page, anchor


def anchors(page):
    """The headings, as GitHub names them in links."""
    for heading in re.findall(r"^#+ (.*)$", CODE.sub("", page.read_text(encoding="utf-8")), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
        yield re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_is_dead(page):
    for place, anchor in links(page):
        assert place.exists(), f"{page.name} leads to {place}"
        assert not anchor or anchor in set(anchors(place)), f"{place.name} has no #{anchor}"


@pytest.mark.parametrize(
    "name", [*COMMANDS, *(engine.info.name for engine in listings()), "audiocraft"]
)
def test_every_command_and_engine_is_two_clicks_from_the_readme(name):
    near = {README, *(place for place, _ in links(README) if place.suffix == ".md")}
    far = {place for page in near for place, _ in links(page) if place.suffix == ".md"}
    texts = [page.read_text(encoding="utf-8") for page in near | far]
    assert any(f"`{name}`" in text or f"**{name}**" in text for text in texts)
