# SPDX-License-Identifier: Apache-2.0
"""How wide text is, near enough to tell whether it fits: the widths of Helvetica's letters."""

from __future__ import annotations

_UNIT = 1000
# Letters by their width in thousandths of the size of type; the rest are as wide as a digit.
_WIDTHS = {
    222: "ijl'|",
    278: " ftI.,:;!/[]\\",
    333: "r()-`",
    355: '"',
    500: "ckvxyszJ",
    584: "+<>=~",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUwé",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1000: "…–·@",
}
_DIGIT = 556


def text_width(text: str, size: float) -> float:
    """Width of a line of text in pixels."""
    return sum(_letter(letter) for letter in text) * size / _UNIT


def wrapped(text: str, size: float, width: float) -> list[str]:
    """The lines of a text that is set in a given width; its own line breaks stay."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}".strip()
            if line and text_width(longer, size) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _letter(letter: str) -> int:
    return next((width for width, letters in _WIDTHS.items() if letter in letters), _DIGIT)
