# SPDX-License-Identifier: Apache-2.0
"""Report: what a corpus holds, as a page of Markdown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from models.corpus.build import Corpus
from models.corpus.sets import OWN, SETS, set_named
from models.corpus.split import LEFT_OUT, SPLITS
from models.tokens.vocabulary import ROLES

_SHOWN = 12  # rows of lists that could be long


def report(corpus: Corpus) -> str:
    """The page, without a heading of its own."""
    sections = (
        ("Sets", _sets(corpus)),
        ("Roles", _roles(corpus)),
        ("Metres", _metres(corpus)),
        ("Keys", _keys(corpus)),
        ("Split", _splits(corpus)),
        ("Works that are one work", _duplicates(corpus)),
        ("Roles guessed without names", _agreement(corpus)),
        ("Files left out", _failed(corpus)),
        ("Shards", _shards(corpus)),
        ("Licences", _licences(corpus)),
    )
    return "\n\n".join(f"## {title}\n\n{body}" for title, body in sections) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; numbers are set to the right."""
    body = [[_cell(cell) for cell in row] for row in rows]
    columns = zip(*body, strict=True) if body else ((),) * len(head)
    rule = ["--:" if _is_numeric(column) else "---" for column in columns]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(head), rule, *body])


def _is_numeric(column: Sequence[str]) -> bool:
    """Whether all that stands in a column are numbers."""
    filled = [cell.replace(",", "").replace(".", "") for cell in column if cell]
    return bool(filled) and all(cell.isdigit() for cell in filled)


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("|", "/")


def _sets(corpus: Corpus) -> str:
    rows: list[tuple[object, ...]] = []
    totals: Counter[str] = Counter()
    for name, numbers in _by_set(corpus):
        counts = [corpus.counts[number] for number in numbers]
        notes = sum(sum(c.notes.values()) for c in counts)
        off = sum(c.off_grid for c in counts)
        works = len({corpus.labels[number].work for number in numbers})
        bars = sum(sum(c.bars.values()) for c in counts)
        ships = "yes" if set_named(name).may_ship else "no"
        share = f"{100 * off / max(notes, 1):.1f}"
        weight = f"{set_named(name).weight:.2f}"
        rows.append((name, ships, weight, len(numbers), works, bars, notes, share))
        totals.update(pieces=len(numbers), bars=bars, notes=notes)
    works = len({label.work for label in corpus.labels})
    rows.append(("all", "", "", totals["pieces"], works, totals["bars"], totals["notes"], ""))
    head = ("set", "may ship", "mix", "pieces", "works", "bars", "notes", "% off a 1/24 grid")
    return table(head, rows)


def _roles(corpus: Corpus) -> str:
    notes: Counter[str] = Counter()
    bars: Counter[str] = Counter()
    pieces: Counter[str] = Counter()
    shippable: Counter[str] = Counter()
    for label, counts in zip(corpus.labels, corpus.counts, strict=True):
        notes.update(counts.notes)
        bars.update(counts.part_bars)
        pieces.update(counts.notes.keys())
        if set_named(label.set_name).may_ship:
            shippable.update(counts.part_bars)
    rows = [
        (role, pieces[role], bars[role], shippable[role], notes[role])
        for role in ROLES
        if pieces[role]
    ]
    return table(("role", "pieces", "bars that sound", "of these may ship", "notes"), rows)


def _metres(corpus: Corpus) -> str:
    bars: Counter[str] = Counter()
    for counts in corpus.counts:
        bars.update(counts.bars)
    total = max(sum(bars.values()), 1)
    rows = [(metre, n, f"{100 * n / total:.1f}") for metre, n in bars.most_common(_SHOWN)]
    grids = Counter(label.grid for label in corpus.labels)
    return (
        table(("metre", "bars", "%"), rows)
        + f"\n\n{len(bars)} metres in all. Bar lines can be trusted in {grids['bars']:,} pieces, "
        f"only beats in {grids['beats']:,}, neither in {grids['none']:,}."
    )


def _keys(corpus: Corpus) -> str:
    keys = [label.key for label in corpus.labels if label.key]
    signed = sum(key.signed for key in keys)
    sure = sum(key.confidence >= 0.5 for key in keys)
    minor = sum(key.minor for key in keys)
    return (
        f"{len(keys):,} pieces have a key, {minor:,} of them minor. For {signed:,} it follows a "
        f"key signature that the notes agree with. The estimate gives its key at least half of "
        f"the likelihood in {sure:,}."
    )


def _splits(corpus: Corpus) -> str:
    works: defaultdict[str, Counter[str]] = defaultdict(Counter)
    bars: Counter[str] = Counter()
    seen = set()
    for label, counts in zip(corpus.labels, corpus.counts, strict=True):
        bars[label.split] += sum(counts.bars.values())
        if (label.set_name, label.work, label.split) not in seen:
            seen.add((label.set_name, label.work, label.split))
            works[label.set_name][label.split] += 1
    columns = (*SPLITS, LEFT_OUT)
    rows: list[Sequence[object]] = [
        (name, *(works[name][split] for split in columns)) for name, _ in _by_set(corpus)
    ]
    rows.append(("bars, all sets", *(bars[split] for split in columns)))
    moved = sum(bool(x.official) and x.split != x.official for x in corpus.labels)
    head = table(("works of", "train", "valid", "test", "left out"), rows)
    return head + f"\n\nPieces moved out of their official split by a twin: {moved:,}."


def _duplicates(corpus: Corpus) -> str:
    pairs: Counter[tuple[str, str, str]] = Counter()
    for match in corpus.matches:
        names = sorted(corpus.labels[i].set_name for i in (match.first, match.second))
        pairs[names[0], names[1], "copy" if match.exact else "near"] += 1
    rows = [(*pair, n) for pair, n in pairs.most_common(2 * _SHOWN)]
    before, after = len(set(corpus.works)), len({label.work for label in corpus.labels})
    members: defaultdict[str, set[str]] = defaultdict(set)
    for work, label in zip(corpus.works, corpus.labels, strict=True):
        members[label.work].add(work)
    largest = max(map(len, members.values()), default=0)
    text = (
        f"{before:,} works as the sets name them became {after:,}; the largest family joins "
        f"{largest:,}."
    )
    return text + "\n\n" + table(("set", "and set", "kind", "pairs of pieces"), rows)


def _agreement(corpus: Corpus) -> str:
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (name, guess), n in corpus.guesses.items():
        said[name][guess] += n
    rows = []
    for role in sorted(said, key=lambda role: -sum(said[role].values())):
        total = sum(said[role].values())
        right = said[role][role]
        others = ", ".join(f"{r} {n:,}" for r, n in said[role].most_common(5) if r != role)
        rows.append((role, total, f"{100 * right / total:.1f}", others))
    return table(("name says", "parts", "% agree", "taken for"), rows)


def _failed(corpus: Corpus) -> str:
    reasons = Counter((name, reason) for name, _, reason in corpus.failed)
    if not reasons:
        return "None."
    rows = [(name, reason, n) for (name, reason), n in reasons.most_common(2 * _SHOWN)]
    return table(("set", "reason", "files"), rows)


def _shards(corpus: Corpus) -> str:
    names = {name: set_named(name.split(".")[0]) for name in corpus.sizes}
    free = sum(size for name, size in corpus.sizes.items() if names[name].may_ship)
    held = sum(corpus.sizes.values()) - free
    return (
        f"{len(corpus.sizes)} files; {free / 1e6:.1f} MB of sets that may ship, "
        f"{held / 1e6:.1f} MB for evaluation only or the user's own."
    )


def _licences(corpus: Corpus) -> str:
    present = {label.set_name for label in corpus.labels}
    ours = any(s.name in present for s in SETS)  # then the sets of text lay beside them
    rows = [
        (s.name, "yes" if s.may_ship else "no", s.licence, s.attribution, s.quirk)
        for s in (*SETS, OWN)
        if s.name in present or (ours and not s.notes)
    ]
    asked = {(x.licence, x.attribution) for x in corpus.labels if x.set_name == "mutopia"}
    by = sorted(name for licence, name in asked if "Attribution" in licence)
    text = table(("set", "may ship", "licence", "whom to name", "to know"), rows)
    if by:
        text += "\n\nMutopia's pieces under CC BY name: " + "; ".join(by) + "."
    return text


def _by_set(corpus: Corpus) -> list[tuple[str, list[int]]]:
    """The numbers of the pieces of each set, in the order of the table of sets."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(corpus.labels):
        numbers[label.set_name].append(number)
    return [(s.name, numbers[s.name]) for s in (*SETS, OWN) if s.name in numbers]
