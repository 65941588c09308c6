# SPDX-License-Identifier: Apache-2.0
"""A patcher while it is being put together: boxes and cords, checked as they are added."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from max_for_live.builder import objects, theme

Box = dict[str, Any]

_GAP, _WIDTH = 24, 1600


class Patch:
    """Boxes and cords in the order in which they were added.

    The first box added lies in front of all others, as in Max.
    """

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.cords: list[dict[str, Any]] = []
        self._corner = [_GAP, _GAP]
        self._row_height = 0

    def add(self, text: str, **attributes: Any) -> str:
        """Add an object that is only text, such as `route set`; gives its id."""
        return self._add("newobj", text, {"text": text, **attributes})

    def script(self, name: str, outlets: int) -> str:
        """Add the `v8` that runs a script with so many outlets; gives its id."""
        attributes = {
            "text": f"v8 {name}",
            "saved_object_attributes": {"filename": name, "parameter_enable": 0},
            "textfile": {"filename": name, "flags": 0, "embed": 0, "autowatch": 0},
        }
        return self._put("newobj", attributes, objects.script_ports(outlets))

    def message(self, text: str) -> str:
        """Add a message box."""
        return self._add("message", "message", {"text": text})

    def face(self, maxclass: str, place: list[int], **attributes: Any) -> str:
        """Add an object with a face at a place in the device.

        Args:
            maxclass: its class, such as `live.dial`.
            place: x, y, width and height in pixels.
            attributes: what else its box says.
        """
        shown = {
            "presentation": 1,
            "presentation_rect": [float(number) for number in place],
            "fontname": theme.FONT,
            "fontsize": theme.SIZE,
        }
        return self._add(maxclass, maxclass, {**shown, **attributes}, size=place[2:])

    def cord(self, source: str, destination: str, outlet: int = 0, inlet: int = 0) -> None:
        """Connect an outlet with an inlet.

        Raises:
            ValueError: there is no such outlet or inlet.
        """
        if (
            outlet >= self._box(source)["numoutlets"]
            or inlet >= self._box(destination)["numinlets"]
        ):
            raise ValueError(f"No cord from {source}:{outlet} to {destination}:{inlet}.")
        line = {"source": [source, outlet], "destination": [destination, inlet]}
        self.cords.append({"patchline": line})

    def chain(self, *ids: str) -> None:
        """Connect each with the next, first outlet with first inlet."""
        for source, destination in pairwise(ids):
            self.cord(source, destination)

    def _add(
        self, maxclass: str, text: str, attributes: Mapping[str, Any], size: list[int] | None = None
    ) -> str:
        return self._put(maxclass, attributes, objects.ports(text), size)

    def _put(
        self,
        maxclass: str,
        attributes: Mapping[str, Any],
        ports: objects.Ports,
        size: list[int] | None = None,
    ) -> str:
        width, height = size or (max(48, 7 * len(str(attributes.get("text", ""))[:80])), 22)
        corner = self._next_corner(width, height)
        box: Box = {
            "id": f"obj-{len(self.boxes) + 1}",
            "maxclass": maxclass,
            "numinlets": ports.inlets,
            "numoutlets": len(ports.outlets),
            "patching_rect": [float(value) for value in (*corner, width, height)],
            **attributes,
        }
        if ports.outlets:
            box["outlettype"] = list(ports.outlets)
        self.boxes.append(box)
        return str(box["id"])

    def _next_corner(self, width: int, height: int) -> list[int]:
        """Where the next box goes while the patch is edited: in rows, as text is set."""
        if self._corner[0] + width > _WIDTH:
            self._corner = [_GAP, self._corner[1] + self._row_height + _GAP]
            self._row_height = 0
        here = list(self._corner)
        self._corner[0] += width + _GAP
        self._row_height = max(self._row_height, height)
        return here

    def _box(self, name: str) -> Box:
        return self.boxes[int(name.removeprefix("obj-")) - 1]
