# SPDX-License-Identifier: Apache-2.0
"""The patch of a device: its controls and indicators, its script, and the cords between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from max_for_live.builder.controls import add_control
from max_for_live.builder.indicators import add_display, add_heading, add_indicator, add_label
from max_for_live.builder.patch import Patch

Panel = Mapping[str, Any]

DAEMON = "127.0.0.1 9311"
TO_DAEMON, TO_RECEIVER, TO_PANEL, TO_PLAYER = range(4)


def wire(panel: Panel, script: str) -> Patch:
    """The whole patch of a device.

    Args:
        panel: what its panel file says.
        script: the file name of its bundled script.
    """
    patch = Patch()
    faces = {
        entry["name"]: add_control(patch, entry, order)
        for order, entry in enumerate(panel["controls"])
    }
    inlets = {entry["name"]: add_indicator(patch, entry) for entry in panel["indicators"]}
    for entry in panel["controls"]:
        if "label" in entry:
            add_label(patch, entry)
    for heading in panel["headings"]:
        add_heading(patch, heading)
    into_script, brain = _add_script(patch, script, script_outlets(panel))
    _connect_start(patch, panel, faces, into_script)
    _connect_controls(patch, panel, faces, into_script)
    _connect_daemon(patch, brain, into_script)
    for entry in panel["controls"]:
        inlets[entry["name"]] = _messages_inlet(patch, entry, faces[entry["name"]])
    _connect_panel(patch, brain, inlets)
    if _has_player(panel):
        _add_player(patch, brain)
    else:
        patch.chain(patch.add("midiin"), patch.add("midiout"))
    for place in panel["displays"]:
        add_display(patch, place)
    return patch


def script_outlets(panel: Panel) -> int:
    """How many outlets the script of a device has: the last is only there for a player."""
    return TO_PLAYER + 1 if _has_player(panel) else TO_PLAYER


def _has_player(panel: Panel) -> bool:
    return bool(panel["kind"] == "audio")


def _add_script(patch: Patch, name: str, outlets: int) -> tuple[str, str]:
    """The script, and in front of it what keeps Live's high-priority thread out of it."""
    calm = patch.add("deferlow")
    brain = patch.script(name, outlets)
    patch.cord(calm, brain)
    return calm, brain


def _connect_start(patch: Patch, panel: Panel, faces: Mapping[str, str], script: str) -> None:
    """When Live is ready: first `start`, then the value of every stored control."""
    order = patch.add("t b b")  # right outlet first
    patch.cord(patch.add("live.thisdevice"), order)
    start = patch.message("start")
    patch.cord(order, start, outlet=1)
    patch.cord(start, script)
    for entry in panel["controls"]:
        if entry["stored"]:
            patch.cord(order, faces[entry["name"]])
    patch.chain(patch.add("freebang"), patch.message("gone"), script)


def _connect_controls(patch: Patch, panel: Panel, faces: Mapping[str, str], script: str) -> None:
    for entry in panel["controls"]:
        name = entry["name"]
        if entry["kind"] != "button":
            patch.chain(faces[name], patch.add(f"prepend control {name}"), script)
            continue
        # The text fields that the command reads speak first; then comes the press itself.
        order = patch.add("t b b")
        press = patch.message(f"press {name}")
        patch.cord(faces[name], order)
        patch.chain(order, press, script)
        for field in entry.get("reads", ()):
            patch.cord(order, faces[field], outlet=1)


def _messages_inlet(patch: Patch, entry: Mapping[str, Any], face: str) -> str:
    """Where messages to a control go, for those that don't understand one as it is said."""
    if entry["kind"] == "text field":  # it has no `active`: it ignores clicks instead
        router = patch.add("route active")
        patch.chain(router, patch.add("== 0"), patch.add("prepend ignoreclick"), face)
    elif entry["kind"] == "toggle":  # a lit one has words of its own
        router = patch.add("route text")
        for words in ("text", "texton"):
            patch.chain(router, patch.add(f"prepend {words}"), face)
    else:
        return face
    patch.cord(router, face, outlet=1)
    return router


def _connect_daemon(patch: Patch, brain: str, script: str) -> None:
    # Every device in a set has a port of its own, which the script chooses and announces.
    receiver = patch.add("udpreceive @defer 1 @quiet 1")
    patch.cord(receiver, script)
    patch.cord(brain, receiver, outlet=TO_RECEIVER)
    patch.cord(brain, patch.add(f"udpsend {DAEMON}"), outlet=TO_DAEMON)


def _connect_panel(patch: Patch, brain: str, inlets: Mapping[str, str]) -> None:
    router = patch.add("route " + " ".join(inlets))
    patch.cord(brain, router, outlet=TO_PANEL)
    for outlet, name in enumerate(inlets):
        patch.cord(router, inlets[name], outlet=outlet)


def _add_player(patch: Patch, brain: str) -> None:
    """What comes in goes out, and the preview on top of it."""
    router = patch.add("route open play level")
    patch.cord(brain, router, outlet=TO_PLAYER)
    opened = patch.add("prepend open")
    player = patch.add("sfplay~ 2", saved_object_attributes={"loop": 1})
    patch.chain(router, opened, player)
    patch.cord(router, player, outlet=1)
    ramp = patch.add("line~")
    gain = patch.add("dbtoa")
    glide = patch.message("$1 20")
    patch.cord(router, gain, outlet=2)
    patch.chain(gain, glide, ramp)
    incoming, outgoing = patch.add("plugin~"), patch.add("plugout~")
    for side in range(2):
        scaled, mixed = patch.add("*~"), patch.add("+~")
        patch.cord(player, scaled, outlet=side)
        patch.cord(ramp, scaled, inlet=1)
        patch.cord(incoming, mixed, outlet=side)
        patch.cord(scaled, mixed, inlet=1)
        patch.cord(mixed, outgoing, inlet=side)
