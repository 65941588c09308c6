# SPDX-License-Identifier: Apache-2.0
"""Fetches a published model: one pinned revision, resumed where it stopped, every file checked.

The Hugging Face Hub tells each file's size and hash (sha256 of large ones, git's own hash of small
ones). Files are written under a name of their own and moved when their hash is right; the model
counts as there only when all are. After that nothing asks the network again.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from models.errors import NotFetched
from models.musicgen.store import COMPLETE, Known

HUB = "https://huggingface.co"
BLOCK_BYTES = 1 << 20
MAX_LIST_BYTES = 8 << 20
TIMEOUT_S = 30
SPARE_BYTES = 256 << 20  # that a disk keeps free
NEEDED = ("config.json",)
WANTED = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors.index.json",
)
Watch = Callable[[int, int], None]  # told bytes so far and in all


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the Hub: sha256 of a large one, git's hash of a small one."""

    path: str
    size: int
    sha256: str
    git_hash: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to be fetched of a model.

    Attributes:
        revision: pinned.
        entries: the files.
    """

    known: Known
    revision: str
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(entry.size for entry in self.entries)


def listing(known: Known, hub: str = HUB) -> Listing:
    """Ask the Hub what belongs to a model; nothing is fetched yet.

    Raises:
        NotFetched: the Hub can't be reached, refuses, or has no safetensors of it.
    """
    base = f"{hub}/api/models/{known.repository}"
    revision = _json(f"{base}/revision/main", known).get("sha", "")
    if not isinstance(revision, str) or not revision.isalnum():
        raise _strange(known)
    tree = _json(f"{base}/tree/{revision}", known)
    entries = tuple(_entry(known, item) for item in tree if _wanted(item))
    names = {entry.path for entry in entries}
    if not names.issuperset(NEEDED) or not any(name.endswith(".safetensors") for name in names):
        raise NotFetched(f"{known.repository} has no safetensors weights to fetch.", where="model")
    return Listing(known, revision, entries)


def fetch(wanted: Listing, folder: Path, watch: Watch, hub: str = HUB) -> Path:
    """Fetch a model into `folder`/name; goes on where an earlier attempt stopped.

    Args:
        wanted: as the Hub listed it.
        folder: where models lie.
        watch: told of every block.
        hub: address of the Hub.

    Raises:
        NotFetched: the connection broke, a hash is wrong, or the disk has no room.
    """
    target = folder / wanted.known.name
    try:
        target.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{target.name}.lock", timeout=0):
            _fetch_all(wanted, target, watch, hub)
    except Timeout as error:
        raise NotFetched(
            f"{target.name} is being fetched by another nextbar; wait for it, or stop it.",
            where="model",
        ) from error
    except OSError as error:
        raise NotFetched(
            f"{target} can't be written: {error.strerror or error}; free some space and fetch "
            "again, it goes on from there.",
            where="model",
        ) from error
    return target


def _fetch_all(wanted: Listing, target: Path, watch: Watch, hub: str) -> None:
    """Every file that is not there yet; nothing where this very revision is."""
    complete = target / COMPLETE
    if complete.is_file() and complete.read_text(encoding="ascii") == wanted.revision:
        watch(wanted.size, wanted.size)
        return
    complete.unlink(missing_ok=True)  # files of two revisions are no model
    _check_room(wanted, target)
    done = 0
    for entry in wanted.entries:
        source = f"{hub}/{wanted.known.repository}/resolve/{wanted.revision}/{entry.path}"
        _fetch(entry, source, target, _counting(watch, done, wanted.size))
        done += entry.size
    complete.write_text(wanted.revision, encoding="ascii")


def _counting(watch: Watch, before: int, size: int) -> Callable[[int], None]:
    return lambda got: watch(before + got, size)


def _check_room(wanted: Listing, target: Path) -> None:
    there = sum(path.stat().st_size for path in target.iterdir() if path.is_file())
    missing = wanted.size - there
    free = shutil.disk_usage(target).free
    if missing > 0 and free < missing + SPARE_BYTES:
        raise NotFetched(
            f"The disk has {free >> 20} MB free and {wanted.known.name} needs {missing >> 20} MB "
            "more; free some space, or set NEXTBAR_HOME to another disk.",
            where="model",
        )


def _fetch(entry: Entry, source: str, target: Path, watch: Callable[[int], None]) -> None:
    """One file; one that is there already is not fetched again, unless another is meant now."""
    place, part = target / entry.path, target / f"{entry.path}.part"
    if place.is_file() and place.stat().st_size == entry.size and _right(entry, place):
        watch(entry.size)
        return
    _read_on(entry, source, part, watch)
    if not _right(entry, part):
        part.unlink()
        raise NotFetched(
            f"{entry.path} arrived damaged and was thrown away; fetch again.", where="model"
        )
    part.replace(place)


def _read_on(entry: Entry, source: str, part: Path, watch: Callable[[int], None]) -> None:
    """Append what is missing of a part; begins again where the server can't go on."""
    have = part.stat().st_size if part.is_file() else 0
    if have > entry.size:
        part.unlink()
        have = 0
    if have == entry.size:
        return
    with _open(source, {"Range": f"bytes={have}-"} if have else {}) as answer:
        goes_on = have and answer.status == http.client.PARTIAL_CONTENT
        have = have if goes_on else 0
        with part.open("ab" if goes_on else "wb") as file:
            while have < entry.size and (block := _block(answer)):
                file.write(block)
                have += len(block)
                watch(min(have, entry.size))
    if have < entry.size:
        raise NotFetched(
            f"The connection broke in {entry.path}; fetch again, it goes on from there.",
            where="model",
        )


def _block(answer: Any) -> bytes:
    try:
        block: bytes = answer.read(BLOCK_BYTES)
    except (http.client.HTTPException, OSError) as error:
        raise NotFetched(
            "The connection broke; fetch again, it goes on from there.", where="model"
        ) from error
    return block


def _right(entry: Entry, part: Path) -> bool:
    """Whether a file is the one that was listed."""
    if entry.sha256:
        digest = hashlib.sha256()
    else:  # how git names a file's content
        digest = hashlib.sha1(f"blob {entry.size}\0".encode(), usedforsecurity=False)
    with part.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() == (entry.sha256 or entry.git_hash)


def _open(address: str, headers: Mapping[str, str]) -> Any:
    """An answer of the Hub.

    Raises:
        NotFetched: it can't be reached, or refuses.
    """
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise NotFetched("Models are only fetched over https.", where="model")
    request = urllib.request.Request(address, headers={"User-Agent": "nextbar", **headers})  # noqa: S310 - checked above
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - checked above
    except urllib.error.HTTPError as error:
        raise NotFetched(_refused(error.code), where="model") from error
    except (OSError, http.client.HTTPException) as error:
        host = urllib.parse.urlsplit(address).netloc
        raise NotFetched(
            f"{host} can't be reached; check the network, or name a folder with the model.",
            where="model",
        ) from error


def _refused(code: int) -> str:
    if code in {401, 403}:
        return (
            "The Hub asks for a login or for terms to be accepted; fetch the model in a browser "
            "and name its folder."
        )
    return f"The Hub answers {code}; try again later, or name a folder with the model."


def _json(address: str, known: Known) -> Any:
    with _open(address, {}) as answer:
        try:
            data = json.loads(answer.read(MAX_LIST_BYTES))
        except (ValueError, RecursionError, OSError) as error:
            raise _strange(known) from error
    if not isinstance(data, dict | list):
        raise _strange(known)
    return data


def _wanted(item: object) -> bool:
    """Whether a file of the tree belongs to the model as we read it."""
    if not isinstance(item, dict) or item.get("type") != "file":
        return False
    path = item.get("path")
    return isinstance(path, str) and (path in WANTED or _is_weights(path))


def _is_weights(path: str) -> bool:
    return path.endswith(".safetensors") and "/" not in path and "\\" not in path


def _entry(known: Known, item: Mapping[str, Any]) -> Entry:
    large = item.get("lfs") or {}
    size, git_hash = large.get("size", item.get("size")), item.get("oid", "")
    sha256 = large.get("oid", "")
    if type(size) is not int or size < 0 or not isinstance(sha256, str):
        raise _strange(known)
    return Entry(item["path"], size, sha256, str(git_hash))


def _strange(known: Known) -> NotFetched:
    return NotFetched(f"The Hub says strange things of {known.repository}; try later.")
