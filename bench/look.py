# SPDX-License-Identifier: Apache-2.0
"""Held-out prompts with what an engine writes to them, as piano rolls to look at and .mid to hear.

    python bench/look.py CORPUS -o OUT [--count 32] [--engine clip] [--weights FILE]
    python bench/look.py CORPUS --examples docs/examples/clip

Each prompt of eight bars is continued by four; parts are then written to all twelve bars. Prompts
are taken by the hashes of their names, roles and groups of sets in turn, so nobody has chosen the
good ones. Examples are taken likewise from sets whose licences let them be given on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from continuing.windows import TRUTH_BARS, Window
from generation.players import Players, Question, Reply, engines
from generation.windows import by_hash, prompts

from bridge.pictures import Panel, draw
from models.clip import Clip
from models.corpus.piece import Label
from models.corpus.sets import set_named
from models.corpus.shards import open_shards
from models.edit import join
from models.midi import song_of, write_midi

COMPANY = {
    "melody": ("bass", "chords", "drums"),
    "bass": ("drums", "chords", "melody"),
    "chords": ("bass", "melody", "drums"),
    "drums": ("bass", "chords"),
}
MOST_PARTS = 2
EXAMPLES = 8
FREE = (
    "openewld-pd", "openscore-lieder", "openscore-quartets", "openscore-hauptstimme",
    "openhymnal", "groove", "freedoom", "mutopia",
)  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """One prompt with all that was written to it; `words` say what went another way."""

    window: Window
    parts: tuple[Clip, ...]
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """For files: role, group of sets and set."""
        group = self.window.group.replace(" ", "-")
        return f"{self.window.role}-{group}-{self.window.name.split('/')[0]}"


def chosen(found: Mapping[str, Sequence[Window]], count: int, sets: Sequence[str]) -> list[Window]:
    """So many prompts: half of them melodies, else roles in turn, and groups of sets in turn."""
    queues = {
        role: list(_in_turn([w for w in windows if not sets or w.name.split("/")[0] in sets]))
        for role, windows in found.items()
    }
    turns = ("melody", "chords", "melody", "bass", "melody", "drums")
    taken: list[Window] = []
    while len(taken) < count and any(queues.values()):
        for role in turns:
            if queues.get(role) and len(taken) < count:
                taken.append(queues[role].pop(0))
    return taken


def _in_turn(windows: Sequence[Window]) -> Iterator[Window]:
    """One window of each group, then the second of each; only one of a work."""
    groups: dict[str, list[Window]] = {}
    works: set[str] = set()
    for window in by_hash(windows, lambda w: f"look/{w.name}", len(windows)):
        if window.piece not in works:
            works.add(window.piece)
            groups.setdefault(window.group, []).append(window)
    while any(groups.values()):
        for own in groups.values():
            if own:
                yield own.pop(0)


def sights(windows: Sequence[Window], engine: str, players: Players) -> Iterator[Sight]:
    """Each prompt continued, then accompanied, and sopranos in four voices."""
    asked = [Question(engine, "continue", (w.prompt,), {"bars": TRUTH_BARS}) for w in windows]
    for window, reply in zip(windows, players.answers(asked), strict=True):
        words = _told("continue", reply)
        whole = join(window.prompt, reply.parts[0]) if reply.parts else window.prompt
        line = replace(whole, name=window.role)
        questions = list(_questions(engine, window, line))
        parts = [line]
        for question, answer in zip(questions, players.answers(questions), strict=True):
            label = str(question.given.get("role", question.command))
            words += _told(label, answer)
            lines = answer.parts[1:] if question.command == "harmonise" else answer.parts
            parts += [replace(part, name=part.name or label) for part in lines]
        yield Sight(window, tuple(parts), words)


def _questions(engine: str, window: Window, line: Clip) -> Iterator[Question]:
    infos = [e.info for e in engines() if e.info.name == engine]
    for info in infos:
        if "harmonise" in info.commands and window.group == "hymns" and window.role == "melody":
            yield Question(engine, "harmonise", (line,), {"voices": "soprano"})
            return
        if "accompany" in info.commands:
            roles = [role for role in COMPANY[window.role] if role in info.roles]
            for role in roles[:MOST_PARTS]:
                yield Question(engine, "accompany", (line,), {"role": role})


def _told(label: str, reply: Reply) -> tuple[str, ...]:
    return tuple(f"{label}: {words}" for words in (*reply.degraded, reply.error) if words)


# -- files ---------------------------------------------------------------------------------------


def save(sight: Sight, path: Path, suffix: str) -> None:
    """The picture and the MIDI file."""
    seam = sight.window.prompt.length_beats
    panels = [Panel(part.name, part, (seam,)) for part in sight.parts]
    draw(path.with_name(path.name + suffix), panels)
    write_midi(song_of(sight.parts), path.with_name(path.name + ".mid"))


def labels(corpus: Path) -> dict[str, Label]:
    """The labels of all held-out pieces by set and path."""
    entries = (entry for shard in open_shards(corpus, "test") for entry in shard.entries)
    return {f"{e.label.set_name}/{e.label.path}": e.label for e in entries}


def index(taken: Sequence[tuple[str, Sight]], known: Mapping[str, Label], suffix: str) -> str:
    """What is in the folder, whose music the prompts are, and what went another way."""
    lines = [
        "| example | prompt: bars, of | licence | remarks |",
        "|---|---|---|---|",
    ]
    for name, sight in taken:
        path, _, bar = sight.window.name.rpartition("/")
        label = known[path.rpartition("/")[0]]
        info = set_named(label.set_name)
        bars = f"{int(bar) + 1}-{int(bar) + 8}"
        title = " ".join((label.title or Path(label.path).stem).split()).replace("|", "/")
        owner = label.attribution or info.attribution
        remarks = "; ".join(sight.words) or "–"
        lines.append(
            f"| [{name}]({name}{suffix}), [.mid]({name}.mid) | {bars} of {title} ({owner}) "
            f"| {label.licence or info.licence} | {remarks} |"
        )
    return "\n".join(lines) + "\n"


EXAMPLES_HEAD = """# Examples of engine clip

Taken by the hashes of their names, not for how they sound. The first eight bars are the prompt,
held out from training; all else was written by the network at default settings with seed 1, in the
first take. `python bench/look.py CORPUS --examples docs/examples/clip` makes this folder.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--out", type=Path, help="a folder for pictures to look at")
    parser.add_argument("--examples", type=Path, help="a folder for examples to give on")
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--engine", default="clip")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    found = prompts(options.corpus, 8)
    with Players(options.jobs, options.weights) as players:
        if options.out:
            windows = chosen(found, options.count, ())
            made = sights(windows, options.engine, players)
            write(options.out, made, ".png", labels(options.corpus))
        if options.examples:
            windows = chosen(found, EXAMPLES, FREE)
            made = sights(windows, options.engine, players)
            write(options.examples, made, ".svg", labels(options.corpus), EXAMPLES_HEAD)


def write(
    folder: Path, made: Iterator[Sight], suffix: str, known: Mapping[str, Label], head: str = ""
) -> None:
    """All files of a folder and a page that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for number, sight in enumerate(made, 1):
        name = f"{number:02}-{sight.name}"
        save(sight, folder / name, suffix)
        taken.append((name, sight))
        page = head + index(taken, known, suffix)
        (folder / "README.md").write_text(page, encoding="utf-8")
        print(name, *sight.words, sep="; ", flush=True)


if __name__ == "__main__":
    main()
