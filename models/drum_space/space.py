# SPDX-License-Identifier: Apache-2.0
"""The drum space: windows to points and back, under the conditions of a kit and of locked cells."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import weights
from models.drum_space.attributes import ATTRIBUTES
from models.drum_space.config import LANE_COUNT, DrumConfig, Shapes, shapes
from models.drum_space.frame import Frame
from models.drum_space.question import Question
from models.drum_space.twin import Twin
from models.percussion.hits import Hits

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

KIND = "drum space"
ABOUT = ("mean", "spread", "directions", "grooves")  # what a file holds beside the network
GROOVES = 256
_CHOICE = 8  # grooves of which the nearest is leant to
TEMPERATURE = 0.4
_COLDEST = 1e-3
_MARGIN = 0.05  # of a logit past its threshold


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The chance in a decode. Shared between decodes, their differences come from points alone.

    Attributes:
        hits: uniform, 0-1, [..., steps, lanes].
        velocities, offsets: of Laplace distributions of scale 1.
    """

    hits: Reals
    velocities: Reals
    offsets: Reals

    @classmethod
    def drawn(cls, rng: np.random.Generator, *shape: int) -> Noise:
        """Noise for `shape` of windows and steps, such as (8, 32), or (32,) for one to share."""
        full = (*shape, LANE_COUNT)
        hits = rng.random(full, np.float32).clip(1e-6, 1 - 1e-6)
        loud, late = (rng.laplace(size=full).astype(np.float32) for _ in range(2))
        return cls(hits, loud, late)

    def thresholds(self, temperature: float) -> Reals:
        """The logit above which a cell is struck."""
        return np.asarray(max(temperature, _COLDEST) * np.log(self.hits / (1 - self.hits)))


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What a decode must obey.

    Attributes:
        kit: which lanes may be struck, [lanes].
        fixed: cells that are what `given` says, [steps, lanes] or with a batch; none when None.
        given: hits of the fixed cells.
        push: added to the logits, [..., steps, lanes]; nothing when None.
        temperature: of hits, 0 to 1; velocities and offsets are medians at 0.
    """

    kit: Mask
    fixed: Mask | None = None
    given: Hits | None = None
    push: Reals | None = None
    temperature: float = TEMPERATURE


@dataclass(frozen=True, slots=True, eq=False)
class DrumSpace:
    """Encodes, decodes, and knows its way about.

    Attributes:
        twin: the network.
        mean, spread: of the points of training windows, [latent].
        directions: of one standard deviation of each attribute, [attributes, latent].
        grooves: points of real music, to lean to, [GROOVES, latent].
        card: what the weight file says of itself.
        sha256: of the weight file.
    """

    twin: Twin
    mean: Reals
    spread: Reals
    directions: Reals
    grooves: Reals
    card: Mapping[str, str]
    sha256: str

    @classmethod
    def read(cls, path: str | os.PathLike[str], sha256: str = "") -> DrumSpace:
        """Read a weight file.

        Args:
            path: what `export` wrote.
            sha256: the hash that it must have; empty takes any.

        Raises:
            BadFile: it can't be read, is damaged, of another kind, or not the one that was meant.
        """
        stored, card, digest = weights.read_stored(path, sha256)
        config = DrumConfig.from_json(card.pop(weights.CONFIG, ""))
        arrays = weights.unpacked(stored, stored_shapes(config))
        mean, spread, ways, grooves = (arrays.pop(f"space.{name}") for name in ABOUT)
        return cls(Twin(config, arrays), mean, spread, ways, grooves, card, digest)

    def encode(self, question: Question, frame: Frame) -> tuple[Reals, Reals]:
        """The point of each window and how sure it is: mean and standard deviation.

        Args:
            question: a batch of windows, [batch, steps, ...].
            frame: of all of them.

        Returns:
            [batch, latent] each.
        """
        mean, spread = self.twin.encode(question.inputs(), frame)
        return mean, np.exp(0.5 * spread)

    def decode(self, points: Reals, frame: Frame, terms: Terms, noise: Noise) -> Hits:
        """A pattern for each point; lanes of a step are decided one after another.

        Args:
            points: [batch, latent].
            frame: of all the windows.
            terms: the kit, the locked cells.
            noise: one window's, to share, or a batch's.
        """
        steps = self.twin.steps(points, frame, terms.kit)
        hits = self._hits(steps, terms, noise.thresholds(terms.temperature))
        loud, loud_scale, late, late_scale = self.twin.touch(steps, hits)
        warm = np.float32(terms.temperature)
        loud = np.clip(loud + warm * loud_scale * noise.velocities, 1 / 127, 1)
        late = np.clip(late + warm * late_scale * noise.offsets, -0.5, 0.5)
        found = Hits(hits, np.where(hits, loud, 0), np.where(hits, late, 0))
        if terms.fixed is None or terms.given is None:
            return found
        return terms.given.where(terms.fixed, found)

    def logits(self, points: Reals, frame: Frame, kit: Mask, truth: Hits) -> Reals:
        """The logits of cells on the way to `truth`, [batch, steps, lanes], lane after lane."""
        steps = self.twin.steps(points, frame, kit)
        bases = self.twin.lane_bases(steps)
        heard = np.zeros_like(bases[..., 0, :])
        for lane in np.flatnonzero(~kit):
            heard = heard + self.twin.known(int(lane), np.zeros(heard.shape[:-1], bool))
        found = np.full(bases.shape[:-1], -30, np.float32)
        for lane in np.flatnonzero(kit).tolist():
            found[..., lane] = self.twin.logit(lane, bases, heard)
            heard = heard + self.twin.known(lane, truth.hits[..., lane])
        return found

    def _hits(self, steps: Reals, terms: Terms, thresholds: Reals) -> Mask:
        """Lane after lane; what is fixed, and what the kit hasn't, is known from the start."""
        bases = self.twin.lane_bases(steps)
        fixed = np.zeros(bases.shape[:-1], bool)
        hits = fixed.copy()
        if terms.fixed is not None and terms.given is not None:
            fixed |= terms.fixed
            hits |= terms.fixed & terms.given.hits
        fixed |= ~terms.kit
        heard = np.zeros_like(bases[..., 0, :])
        for lane in range(LANE_COUNT):
            if fixed[..., lane].any():
                told = self.twin.known(lane, hits[..., lane])
                heard = heard + np.where(fixed[..., lane, None], told, 0)
        for lane in np.flatnonzero(terms.kit).tolist():
            free = ~fixed[..., lane]
            if free.any():
                logit = self.twin.logit(lane, bases, heard)
                if terms.push is not None:
                    logit = logit + terms.push[..., lane]
                hits[..., lane] |= free & (logit > thresholds[..., lane])
                told = self.twin.known(lane, hits[..., lane])
                heard = heard + np.where(free[..., None], told, 0)
        return np.asarray(hits)

    def aims(self, rng: np.random.Generator, count: int, like: Reals | None = None) -> Reals:
        """Points of real music, [count, latent]; one drawn by its dimensions decodes to little.

        Args:
            rng: the source of chance.
            count: how many.
            like: a point, of a few that are drawn the nearest to it is taken.
        """
        few = 1 if like is None else _CHOICE
        drawn = self.grooves[rng.integers(0, len(self.grooves), (count, few))]
        away = np.linalg.norm(drawn - (0 if like is None else like), axis=-1)
        return np.asarray(drawn[np.arange(count), away.argmin(axis=1)])

    def moved(self, points: Reals, changes: Mapping[str, float]) -> Reals:
        """Points with some attributes changed.

        Args:
            points: [..., latent].
            changes: name of an attribute → standard deviations of it, up or down.

        Raises:
            KeyError: there is no such attribute.
        """
        for name, amount in changes.items():
            points = points + np.float32(amount) * self.directions[_number(name)]
        return points


def stored_shapes(config: DrumConfig) -> Shapes:
    """Name → shape of all that a weight file holds: the network, and where its points lie."""
    size = config.latent
    return shapes(config) | {
        "space.mean": (size,),
        "space.spread": (size,),
        "space.directions": (len(ATTRIBUTES), size),
        "space.grooves": (GROOVES, size),
    }


def slerp(start: Reals, end: Reals, share: float) -> Reals:
    """The point at a share of the arc from one to another; lengths are blended."""
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) < 1e-6:
        return np.asarray((1 - share) * start + share * end, np.float32)
    cosine = np.clip(start @ end / (lengths[0] * lengths[1]), -1, 1)
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-4:
        return np.asarray((1 - share) * start + share * end, np.float32)
    near, far = np.sin((1 - share) * angle), np.sin(share * angle)
    unit = (near * start / lengths[0] + far * end / lengths[1]) / np.sin(angle)
    return np.asarray(((1 - share) * lengths[0] + share * lengths[1]) * unit, np.float32)


def lacking(logits: Reals, struck: Mask, thresholds: Reals) -> Reals:
    """What must be added to logits for cells to come out as they are."""
    above = np.maximum(0, thresholds + _MARGIN - logits)
    below = np.minimum(0, thresholds - _MARGIN - logits)
    return np.asarray(np.where(struck, above, below), np.float32)


def _number(name: str) -> int:
    if name not in ATTRIBUTES:
        raise KeyError(name)
    return ATTRIBUTES.index(name)
