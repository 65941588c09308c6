# SPDX-License-Identifier: Apache-2.0
"""Facts: what a set says of each of its files: work, title, licence, official split, tracks.

A work is the tightest group of files that must not be torn apart by the split: the 22 pianists of
one excerpt, the arrangements of one song, the movements of one symphony.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

_OFFICIAL = {"train": "train", "validation": "valid", "valid": "valid", "test": "test"}
_ORDER_IN_WORK = re.compile(r"__\d+__.*$")


@dataclass(frozen=True, slots=True)
class Track:
    """One track as a set's index has it."""

    name: str
    notes: int
    role: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one file before it is read; empty where the set says nothing.

    Attributes:
        path: within the set's folder.
        set_name: the set, where a folder holds two.
        work: id of the work.
        title, licence, attribution, official: as in a label.
        tracks: as the index lists them.
    """

    path: str
    set_name: str
    work: str
    title: str = ""
    licence: str = ""
    attribution: str = ""
    official: str = ""
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class _Set:
    """A set's folder and its side files, by file name."""

    name: str
    root: Path
    sides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def side(self, path: str) -> Mapping[str, Any]:
        return self.sides.get(PurePosixPath(path).name) or self.sides.get(path) or {}


def facts_of(root: Path) -> Iterator[Facts]:
    """The facts of every file that the index of a set lists.

    Args:
        root: the folder of a set, with its index.jsonl.
    """
    known = _Set(root.name, root, _sides(root))
    seen: set[str] = set()
    for entry in index_entries(root / "index.jsonl"):
        path = str(entry["file"])
        if path not in seen:
            seen.add(path)
            yield _facts(known, path, entry)


def index_entries(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of an index; lines that are no entry are passed over."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and isinstance(entry.get("file"), str):
                yield entry


def _facts(known: _Set, path: str, entry: Mapping[str, Any]) -> Facts:
    side = known.side(path)
    return Facts(
        path,
        _set_name(known.name, path, side),
        _work(known.name, path, side, entry),
        str(side.get("title") or ""),
        str(side.get("licence") or ""),
        _attribution(known.name, side),
        _official(known.name, path, side),
        tuple(_tracks(entry)),
    )


def _tracks(entry: Mapping[str, Any]) -> Iterator[Track]:
    for track in entry.get("tracks") or ():
        if isinstance(track, dict):
            yield Track(
                str(track.get("name", "")), track.get("notes") or 0, str(track.get("role", ""))
            )


def _set_name(name: str, path: str, side: Mapping[str, Any]) -> str:
    """The set a file belongs to: share-alike files of a free set are a set of their own."""
    if name == "mutopia":
        licence = str(side.get("licence", "")).lower()
        free = licence == "public domain" or re.fullmatch(
            r"creative commons attribution \d.\d", licence
        )
        return name if free else "mutopia-by-sa"
    if name == "openscore-hauptstimme" and path.endswith("_melody.mid"):
        return "hauptstimme-melody"
    return name


def _work(name: str, path: str, side: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    stem = PurePosixPath(path).stem
    if name == "mma-accompaniments":
        return _arranged_work(stem, str(side.get("src", "")))
    if name == "openewld-pd":
        return f"{name}:{_plain(stem)}"
    if name == "vienna4x22":
        return f"{name}:{'_'.join(stem.split('_')[:2])}"  # composer and catalogue number
    if name == "openscore-hauptstimme":
        return f"{name}:{_ORDER_IN_WORK.sub('', stem)}"
    if name == "mutopia" and side.get("source"):
        return f"{name}:{PurePosixPath(str(side['source'])).parent.as_posix()}"
    if name == "groove" and side.get("id"):
        return f"{name}:{side['id']}"
    if name == "fiddle-tunes":
        titles = [_plain(str(t.get("name", ""))) for t in entry.get("tracks") or ()]
        title = next((title for title in titles if title), "")
        return f"{name}:{title}" if title else f"{name}:{path}"
    return f"{name}:{PurePosixPath(path).with_suffix('').as_posix()}"


def _arranged_work(stem: str, source: str) -> str:
    """The work that an arrangement was made of, under the name it has in its own set."""
    origin, _, rest = source.partition(":")
    if origin == "openewld":
        # The lead sheet `Writer/Song/Song.mxl` was unpacked as `Writer__Song__Song.mid`.
        return f"openewld-pd:{_plain(rest.removesuffix('.mxl').replace('/', '__'))}"
    if origin.startswith("impro-visor"):
        return f"imaginary-book:{_plain(rest.removesuffix('.ls'))}"
    if origin == "free-midi-chords":
        return f"chord-progressions:{_plain(rest.partition('=')[0])}"
    return f"mma-accompaniments:{stem}"


def _plain(text: str) -> str:
    """Lower case letters and digits of any script, so that spellings of one title agree."""
    return re.sub(r"\W+", "-", text.lower()).strip("-")


def _official(name: str, path: str, side: Mapping[str, Any]) -> str:
    if name == "groove":
        return _OFFICIAL.get(str(side.get("split", "")), "")
    if name == "jsb-chorales":
        return _OFFICIAL.get(PurePosixPath(path).stem.split("_")[0], "")
    return ""


def _attribution(name: str, side: Mapping[str, Any]) -> str:
    """Whom a piece's own licence asks to name."""
    if name != "mutopia" or not side:
        return ""
    composer, typesetter = side.get("composer") or "unknown", side.get("maintainer") or "unknown"
    return f"{composer}, typeset by {typesetter} (Mutopia Project)"


def _sides(root: Path) -> dict[str, Mapping[str, Any]]:
    """Everything the side files of a set say, by file name."""
    sides: dict[str, Mapping[str, Any]] = {}
    for name in ("pieces.json", "songs.json", "scores.json"):
        for entry in _json_list(root / name):
            key = entry.get("file") or entry.get("mid")
            if isinstance(key, str):
                sides[key] = {k: v for k, v in entry.items() if k != "chords"}
    if (root / "info.csv").exists():
        with (root / "info.csv").open(encoding="utf-8", newline="") as rows:
            sides.update({row["midi_filename"]: row for row in csv.DictReader(rows)})
    return sides


def _json_list(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    values = json.loads(path.read_text(encoding="utf-8"))
    return [value for value in values if isinstance(value, dict)]
