# SPDX-License-Identifier: Apache-2.0
"""Credits: what shipped weights were trained on, under which licences, and whom to name.

The sets come from the table of sets; the pieces that must be named one by one come from the
corpus itself and are kept in the facts that lie beside the weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from models.corpus.report import table
from models.corpus.sets import SETS, SetInfo, set_named
from models.corpus.shards import SUFFIX, open_shards

BY_PIECE = "mutopia"  # its pieces have licences and typesetters of their own

Credit = dict[str, Any]  # attribution, licence, titles


def trained_sets() -> tuple[SetInfo, ...]:
    """The sets that weights which ship are trained on, those with the largest share first."""
    used = (info for info in SETS if info.may_ship and info.notes and info.weight)
    return tuple(sorted(used, key=lambda info: -info.weight))


def sets_table() -> str:
    """These sets as a table in Markdown."""
    whole = sum(info.weight for info in trained_sets())
    rows = (
        (info.name, f"{100 * info.weight / whole:.0f} %", info.licence, info.attribution)
        for info in trained_sets()
    )
    return table(("set", "share of training", "licence", "by"), rows)


def attributions(pieces: Iterable[Credit]) -> str:
    """Whom CC BY asks to name: sets as a whole, then pieces, as `piece_credits` gives them."""
    lines = [
        f"- {info.attribution}: {info.name}, {info.licence}."
        for info in trained_sets()
        if info.licence.startswith("CC BY")
    ]
    lines += [
        f"- {credit['attribution']}, {credit['licence']}: {'; '.join(credit['titles'])}."
        for credit in pieces
    ]
    return "\n".join(lines)


def piece_credits(folder: Path) -> list[Credit]:
    """The training pieces that CC BY asks to name one by one, by whom and licence.

    Raises:
        BadFile: the folder holds no corpus.
    """
    grouped: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in chain.from_iterable(shard.entries for shard in open_shards(folder, "train")):
        label = entry.label
        if label.set_name == BY_PIECE and "Attribution" in label.licence:
            grouped[label.attribution, label.licence].add(label.title)
    return [
        {"attribution": name, "licence": licence, "titles": sorted(titles)}
        for (name, licence), titles in sorted(grouped.items())
    ]


def corpus_hash(folder: Path) -> str:
    """sha256 over the training shards that shipped weights may see, by name."""
    total = sha256()
    for path in sorted(folder.glob(f"*.train{SUFFIX}")):
        if _is_used(path.name.split(".")[0]):
            total.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return total.hexdigest()


def facts(card: dict[str, str], folder: Path, given: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """What lies beside the weights as JSON.

    Args:
        card: of the weight file.
        folder: the corpus that they were trained on.
        given: what neither of the two knows, such as the time that it took.
    """
    return {
        "steps": int(card["steps"]),
        "tokens": int(card["tokens"]),
        "valid_nats_per_token": float(card["valid_nats_per_token"]),
        "date": card["made"],
        "corpus_sha256": corpus_hash(folder),
        **dict(given),
        "credits": piece_credits(folder),
    }


def _is_used(name: str) -> bool:
    try:
        info = set_named(name)
    except KeyError:
        return False
    return info.may_ship and bool(info.weight)
