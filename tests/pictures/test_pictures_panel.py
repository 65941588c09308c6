# SPDX-License-Identifier: Apache-2.0
"""Colours that anyone can tell apart, and looks that are refused."""

from __future__ import annotations

import itertools
import math

import pytest

from bridge.pictures.panel import FAINTEST, ORIGINS, Look, opacity, palette
from models.clip import Note
from models.errors import BadArgument

# Machado, Oliveira & Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", IEEE TVCG 15 (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
JUST_CLEAR = 12.0  # CIE76 difference; 2.3 is just noticeable


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def lab(rgb: list[float]) -> tuple[float, float, float]:
    red, green, blue = rgb
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: str, ground: str, share: float, vision: str) -> tuple[float, float, float]:
    mixed = [
        share * int(colour[i : i + 2], 16) / 255 + (1 - share) * int(ground[i : i + 2], 16) / 255
        for i in (1, 3, 5)
    ]
    light = [linear(channel) for channel in mixed]
    rows = VISION[vision]
    return lab(
        [min(1.0, max(0.0, sum(m * c for m, c in zip(row, light, strict=True)))) for row in rows]
    )


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("share", [1.0, 0.7, FAINTEST])
def test_origins_keep_apart_for_every_eye(vision: str, theme: str, share: float) -> None:
    colours = palette(theme)
    for one, other in itertools.combinations(ORIGINS, 2):
        pair = [seen(colours[o], colours["plot"], share, vision) for o in (one, other)]
        assert math.dist(*pair) > JUST_CLEAR, (one, other)


def test_louder_is_stronger() -> None:
    shares = [opacity(Note(60, 0.0, 1.0, velocity)) for velocity in (1, 40, 90, 127)]
    assert shares == sorted(shares)
    assert shares[0] >= FAINTEST
    assert shares[-1] == 1.0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_colour_the_same_roles(theme: str) -> None:
    assert palette(theme).keys() == palette("auto").keys()


def test_a_look_out_of_range_names_its_field() -> None:
    with pytest.raises(BadArgument) as width:
        Look(width_px=10)
    assert width.value.where == "width_px"
    with pytest.raises(BadArgument) as theme:
        Look(theme="sepia")  # type: ignore[arg-type]
    assert theme.value.where == "theme"
