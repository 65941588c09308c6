# SPDX-License-Identifier: Apache-2.0
"""Colours and type: Live's theme names for everything, so that a device follows every theme."""

from __future__ import annotations

FONT = "Ableton Sans"
SIZE = 9.5
TITLE_SIZE = 11.0

# What a thing is painted with, by the names that Live gives its theme's colours.
TEXT = "live_control_fg"
FRAME = "live_contrast_frame"
FIELD = "live_control_text_bg"
DISPLAY = "live_lcd_bg"
DISPLAY_TEXT = "live_lcd_title"
WARNING = "live_lcd_control_fg"
BUTTON = "live_control_bg"
LIT = "live_control_selection"
LIT_TEXT = "live_control_fg_on"
ARC = "live_value_arc"
DIM = "live_lcd_control_fg_zombie"
SURFACE = "live_surface_bg"


def themed(**colours: str) -> dict[str, dict[str, str]]:
    """Attributes that follow the theme, in the form in which a patcher saves them."""
    return {name: {"expression": f"themecolor.{colour}"} for name, colour in colours.items()}
