# SPDX-License-Identifier: Apache-2.0
"""`midi ...`: see the MIDI ports, try them, steer the door."""

from __future__ import annotations

import math
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bridge.cli.midi_ports import GROUP, add_api, opened, wait_and_send
from bridge.cli.verb import Verb, add_json

if TYPE_CHECKING:
    from bridge.client import OscClient

TEST_NOTES = 100
SHOWN_S = 0.4  # so long after it an action shows in the state
_LONGEST_S = 3.0  # that a machine needs to show what was chosen
_LOOK_S = 0.05
_ANSWER_S = 5.0


def verbs() -> tuple[Verb, ...]:
    """The verbs of MIDI."""
    return (
        _verb(
            "midi list",
            "The MIDI ports of this machine.",
            "nextbar midi list",
            list_ports,
            add_json,
        ),
        _verb(
            "midi monitor",
            "Print what comes in on a port.",
            "nextbar midi monitor --from Keystation",
            monitor,
            _monitor_arguments,
        ),
        _verb(
            "midi test",
            "Play a scale, and measure how long notes are on their way.",
            "nextbar midi test",
            test,
            _test_arguments,
        ),
        _verb(
            "midi steer",
            "Steer the running MIDI door, or see how it goes.",
            "nextbar midi steer --mode endless --adventure 0.8",
            steer,
            _steer_arguments,
        ),
    )


def _verb(
    name: str,
    doc: str,
    example: str,
    run: Callable[[Namespace], int],
    arguments: Callable[[ArgumentParser], None],
) -> Verb:
    return Verb(name, doc, example, run, arguments, GROUP)


def _monitor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", default="", metavar="PORT", help="or a part of its name"
    )
    parser.add_argument("--count", type=int, default=0, help="leave after so many messages")
    parser.add_argument("--clock", action="store_true", help="print clock ticks too")
    add_api(parser)
    add_json(parser)


def _test_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--to", default="", metavar="PORT", help="play there; else to itself")
    add_api(parser)
    add_json(parser)


def _steer_arguments(parser: ArgumentParser) -> None:
    from bridge.core.stage import STAGE_PARAMS

    for param in STAGE_PARAMS:
        parser.add_argument(
            f"--{param.name.replace('_', '-')}",
            metavar=param.kind.upper(),
            help=f"{param.doc} ({param.allowed()})".replace("%", "%%"),
        )
    add_json(parser)


def list_ports(args: Namespace) -> int:
    """Print every port of every MIDI system that there is."""
    from bridge.cli.output import note, say_json, say_table
    from bridge.doors.midi.ports import port_names, systems_of

    found, faults = port_names()
    works = [api for api in systems_of() if api not in faults]
    if args.json:
        say_json({"ports": found, "missing": faults})
    elif found:
        rows = [(p["api"], p["direction"], p["name"]) for p in found]
        say_table(("system", "direction", "port"), rows)
    elif works:
        note(f"{', '.join(works)} works, and no other program or device has a port there.")
    else:
        for api, fault in faults.items():
            note(f"{api}: {fault}")
    return 0 if works else 1


def monitor(args: Namespace) -> int:
    """Print messages until interrupted, or until enough have come."""
    import queue

    from bridge.cli.output import note, say, say_json

    inbox: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    printed = 0
    wanted = (args.source,) if args.source else ()
    with opened(args.api, "nextbar-monitor", inputs=wanted, heard=_into(inbox)) as ports:
        note(f"listening by {ports.api}: {ports.facts()['input']}; Ctrl-C stops.")
        while not args.count or printed < args.count:
            try:
                at_s, data = inbox.get(timeout=0.2)  # short, so that Ctrl-C is heard everywhere
            except queue.Empty:
                continue
            if data[0] == 0xF8 and not args.clock:
                continue
            printed += 1
            if args.json:
                say_json({"second": round(at_s, 6), "data": list(data)})
            else:
                say(f"{at_s:12.4f}  {_in_words(data)}")
    return 0


def test(args: Namespace) -> int:
    """Play to a port, or to ourselves with the time each note takes."""
    from bridge.cli.output import say, say_json
    from bridge.doors.midi.messages import note_off, note_on

    if args.to:
        with opened(args.api, "nextbar-test", outputs=(args.to,)) as ports:
            start_s = ports.now() + 0.1
            for step, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72)):
                wait_and_send(ports, note_on(0, pitch, 90), start_s + step * 0.25)
                wait_and_send(ports, note_off(0, pitch), start_s + step * 0.25 + 0.2)
        say(f"A scale was played to {args.to}.")
        return 0
    late_ms = _loop(args.api)
    facts = {
        "sent": TEST_NOTES,
        "received": len(late_ms),
        "median_ms": round(late_ms[len(late_ms) // 2], 3) + 0.0 if late_ms else None,  # no -0.0
        "most_ms": round(late_ms[-1], 3) + 0.0 if late_ms else None,
    }
    if args.json:
        say_json(facts)
    else:
        say(
            f"{facts['received']} of {TEST_NOTES} notes came back; on their way "
            f"{facts['median_ms']} ms, at most {facts['most_ms']} ms."
        )
    return 0 if len(late_ms) == TEST_NOTES else 1


def steer(args: Namespace) -> int:
    """Steer the door of the running daemon and print its state."""
    from bridge.cli.output import say, say_error, say_json
    from bridge.client import OscClient
    from bridge.core.stage import STAGE_PARAMS
    from bridge.doors.osc.door import DEFAULT_PORT
    from bridge.errors import NextbarError
    from bridge.runtime import read_ports

    given = {
        p.name: getattr(args, p.name) for p in STAGE_PARAMS if getattr(args, p.name) is not None
    }
    port = int(read_ports().get("osc_port") or DEFAULT_PORT)
    with OscClient(port=port) as client:
        event = _steered(client, given)
    if event["event"] == "error":
        say_error(NextbarError(event["message"], where=event["where"]), as_json=args.json)
        return 1
    state = {name: value for name, value in event.items() if name not in {"event", "id"}}
    if args.json:
        say_json(state)
        return 0
    for name, value in state.items():
        say(f"{name:15} {_shown(value)}".rstrip())
    return 0


def _steered(client: OscClient, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The door's state once it shows what was chosen, or an error."""
    event = next(iter(client.request("steer", answer_within_s=_ANSWER_S, **given)))
    started_s = time.monotonic()
    while event["event"] != "error" and given:
        waited_s = time.monotonic() - started_s
        settled = waited_s >= SHOWN_S or not given.get("action")
        if waited_s >= _LONGEST_S or (settled and _shows(event, given)):
            break
        time.sleep(_LOOK_S)
        event = next(iter(client.request("steer", answer_within_s=_ANSWER_S)))
    return event


def _shows(state: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    return all(_same(state[name], value) for name, value in given.items() if name in state)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=1e-4)  # OSC carries fewer digits
    return one == other


def _shown(value: object) -> object:
    """A field of the state: counts one after another, nothing for what is not known."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}".strip() for name, each in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return "" if value is None else value


def _loop(api: str) -> list[float]:
    """How late each note came back, in ms, sorted."""
    import queue

    from bridge.doors.midi.messages import note_off, note_on

    inbox: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
    with opened(api, "nextbar-test") as ports:
        own = str(ports.facts()["output"])
        with opened(ports.api, "nextbar-ear", inputs=(own,), heard=_into(inbox)):
            start_s = ports.now() + 0.1
            for index in range(TEST_NOTES):
                wait_and_send(ports, note_on(0, index, 1), start_s + index * 0.02)
                wait_and_send(ports, note_off(0, index), start_s + index * 0.02 + 0.01)
            time.sleep(0.3)
    arrived = [inbox.get() for _ in range(inbox.qsize())]
    struck = [(at_s, data[1]) for at_s, data in arrived if data[0] == 0x90]
    return sorted(1000 * (at_s - start_s - pitch * 0.02) for at_s, pitch in struck)


def _into(inbox: Any) -> Callable[[str, bytes, float], None]:
    return lambda _, data, at_s: inbox.put((at_s, data))


def _in_words(data: bytes) -> str:
    """A message as people say it."""
    kind, channel = data[0] & 0xF0, (data[0] & 0x0F) + 1
    if kind == 0xF0:
        return {0xF8: "clock", 0xFA: "start", 0xFB: "continue", 0xFC: "stop"}.get(
            data[0], data.hex(" ")
        )
    names = {0x80: "note off", 0x90: "note on", 0xA0: "key pressure", 0xB0: "control",
             0xC0: "program", 0xD0: "pressure", 0xE0: "bend"}  # fmt: skip
    return f"channel {channel:2}  {names.get(kind, '?'):12} {' '.join(map(str, data[1:]))}"
