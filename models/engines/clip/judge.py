# SPDX-License-Identifier: Apache-2.0
"""Judge: which candidates of the network to offer, in which order.

First the gates throw out what anyone would hear as a fault. What is left is ordered by its
distance to a reference, on both sides (`court`). At last takes that sound alike are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from models.engines.clip.ask import Ask, Draft
from models.engines.clip.court import Court, Verdict
from models.engines.clip.distance import distinct, outline

W_SURPRISE = 1.0
_SURPRISE_NATS = 0.35  # a token: how far candidates usually lie from each other


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which drafts to offer.

    Attributes:
        order: their places, the best first; no two sound alike.
        degraded: what had to be taken back, in words.
    """

    order: tuple[int, ...]
    degraded: tuple[str, ...] = ()


def choose(
    ask: Ask, drafts: Sequence[Draft], takes: int = 1, typical_nats: float | None = None
) -> Chosen:
    """The best drafts, each different from the others.

    Args:
        ask: what was asked.
        drafts: at least one candidate.
        takes: how many are wanted.
        typical_nats: the network's usual surprise a token; None takes the middle of the drafts.

    Returns:
        At least one place; fewer than `takes` where drafts are faulty or sound alike.
    """
    verdicts = judge(ask, drafts, typical_nats)
    ranked = sorted(range(len(drafts)), key=lambda n: (len(verdicts[n].faults), verdicts[n].cost))
    sound = [n for n in ranked if not verdicts[n].faults]
    said: list[str] = []
    if not sound:
        sound = ranked[:1]
        said.append(f"every candidate had a fault; the best one: {_listed(verdicts[sound[0]])}")
    outlines = [outline(drafts[n].cells) for n in sound]
    order = tuple(sound[place] for place in distinct(outlines, takes))
    if len(order) < takes:
        alike = len(sound) - len(order)
        faulty = len(drafts) - len(sound)
        said.append(_too_few(len(order), takes, alike, faulty))
    return Chosen(order, tuple(said))


def judge(ask: Ask, drafts: Sequence[Draft], typical_nats: float | None = None) -> list[Verdict]:
    """What is thought of each draft: its faults, and its cost, of which the lowest is best."""
    surprises = [_nats_per_token(draft) for draft in drafts]
    known = [nats for nats in surprises if nats is not None]
    usual = typical_nats if typical_nats is not None or not known else median(known)
    court = Court(ask.scene)
    verdicts = []
    for draft, nats in zip(drafts, surprises, strict=True):
        away = 0.0 if nats is None or usual is None else abs(nats - usual) / _SURPRISE_NATS
        verdicts.append(court.verdict(draft.cells, W_SURPRISE * away))
    return verdicts


def _nats_per_token(draft: Draft) -> float | None:
    """How surprised the network was a token that it chose freely, if that is known."""
    tokens = sum(draft.tokens)
    return sum(draft.nats) / tokens if tokens else None


def _listed(verdict: Verdict) -> str:
    return ", ".join(verdict.faults)


def _too_few(found: int, takes: int, alike: int, faulty: int) -> str:
    reasons = []
    if alike:
        reasons.append(f"{alike} sounded like one of them")
    if faulty:
        reasons.append(f"{faulty} had a fault that one hears")
    return f"{found} of {takes} takes: {' and '.join(reasons) or 'no more were written'}"
