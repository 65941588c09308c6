# SPDX-License-Identifier: Apache-2.0
"""`send` and `listen`: speak OSC by hand, to see what a device sees."""

from __future__ import annotations

import os
import re
import socket
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from bridge.cli.verb import Verb, add_json
from models.errors import BadArgument

GROUP = "Speak OSC by hand"
LISTEN_PORT = 9400
MAX_DATAGRAM = 65_535
_INT32 = range(-(2**31), 2**31)


def verbs() -> tuple[Verb, ...]:
    """The verbs that speak OSC."""
    return (
        Verb(
            "send",
            "Send one OSC message to the daemon and print what it answers.",
            "nextbar send /nextbar/ping 1",
            send,
            _send_arguments,
            GROUP,
        ),
        Verb(
            "listen",
            "Print the OSC messages that arrive on a port.",
            "nextbar listen --port 9400",
            listen,
            _listen_arguments,
            GROUP,
        ),
    )


def _send_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("address", help="such as /nextbar/ping")
    parser.add_argument(
        "values",
        nargs="*",
        metavar="ARG",
        help="1 is sent as int, 1.0 as float, others as text; i: f: s: before it say which",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, help="default: where the daemon listens")
    parser.add_argument(
        "--wait", type=float, default=0.5, metavar="SECONDS", help="for answers; default 0.5"
    )
    add_json(parser)


def _listen_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=LISTEN_PORT, help=f"default {LISTEN_PORT}")
    parser.add_argument("--count", type=int, default=0, help="leave after so many messages")
    add_json(parser)


def send(args: Namespace) -> int:
    """Send a message; print answers until none has come for the time to wait.

    Raises:
        BadArgument: the message can't be sent there.
    """
    from bridge.cli.output import note

    packet = encode(args.address, args.values)
    port = args.port if args.port is not None else _daemon_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            line.sendto(packet, (args.host, port))
        except (OSError, OverflowError) as error:
            raise BadArgument(f"{args.host}:{port} can't be sent to: {error}.") from error
        answers = _print_arrivals(line, wait_s=args.wait, count=0, as_json=args.json)
    if not answers and args.wait > 0:
        note(f"no answer from port {port} within {args.wait:g} s; is nextbar running?")
        return 1
    return 0


def listen(args: Namespace) -> int:
    """Print what arrives until interrupted, or until enough has come.

    Raises:
        PortTaken: another program listens there.
    """
    from bridge.cli.output import note
    from bridge.errors import PortTaken

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            line.bind((args.host, args.port))
        except (OSError, OverflowError) as error:
            raise PortTaken(
                f"Port {args.port} can't be opened ({error}); choose another with --port.",
                where="port",
            ) from error
        note(f"listening on {args.host}:{line.getsockname()[1]}; Ctrl-C stops.")
        _print_arrivals(line, wait_s=None, count=args.count, as_json=args.json)
    return 0


def encode(address: str, words: list[str]) -> bytes:
    """An OSC message of words, each typed by its look or its prefix.

    Raises:
        BadArgument: the address or a word can't be sent.
    """
    from pythonosc.osc_message_builder import OscMessageBuilder

    if not address.startswith("/"):
        raise BadArgument(f"An OSC address begins with /, not {address:.40}.", where="address")
    builder = OscMessageBuilder(address)
    for word in words:
        kind, value = _typed(word)
        builder.add_arg(value, kind)
    return builder.build().dgram


def _typed(word: str) -> tuple[str, int | float | str]:
    kind, text = (word[0], word[2:]) if re.match(r"[ifs]:", word) else ("", word)
    if kind == "s":
        return "s", text
    try:
        if kind in {"", "i"} and re.fullmatch(r"[+-]?\d+", text):
            if int(text) not in _INT32:
                raise BadArgument(f"{text} is too large for OSC; send it as s:{text}.")
            return "i", int(text)
        if kind != "i":
            return "f", float(text)
    except ValueError:
        pass
    if kind:
        raise BadArgument(f"{word} is not a number.", where="values")
    return "s", text


def _daemon_port() -> int:
    from bridge.config import load_settings
    from bridge.runtime import read_ports

    return int(read_ports().get("osc_port") or load_settings({}, os.environ).osc_port)


def _print_arrivals(line: socket.socket, *, wait_s: float | None, count: int, as_json: bool) -> int:
    """Print messages as they come; gives how many came.

    Args:
        line: the socket.
        wait_s: leave after so long without a message; None waits for ever.
        count: leave after so many; 0 for no such limit.
        as_json: one JSON object a line.
    """
    from bridge.cli.output import say, say_json

    arrived = 0
    for message in _arrivals(line, wait_s):
        arrived += 1
        if as_json:
            say_json(message)
        else:
            say(" ".join([message["address"], *(_shown(value) for value in message["args"])]))
        if arrived == count:
            break
    return arrived


def _arrivals(line: socket.socket, wait_s: float | None) -> Iterator[dict[str, Any]]:
    from pythonosc.osc_packet import OscPacket, ParseError

    while True:
        deadline = None if wait_s is None else time.monotonic() + wait_s
        data = _receive(line, deadline)
        if data is None:
            return
        try:
            messages = OscPacket(data).messages
        except ParseError:
            yield {"address": "(not OSC)", "args": [data[:40].hex()]}
            continue
        for timed in messages:
            yield {"address": timed.message.address, "args": list(timed.message.params)}


def _receive(line: socket.socket, deadline: float | None) -> bytes | None:
    """One datagram, or None after the deadline.

    A socket waits in short turns, so that Ctrl-C is heard on every system.
    """
    while deadline is None or time.monotonic() < deadline:
        rest = 0.2 if deadline is None else max(0.001, min(0.2, deadline - time.monotonic()))
        line.settimeout(rest)
        try:
            return line.recv(MAX_DATAGRAM)
        except TimeoutError:
            continue
        except ConnectionError:  # Windows reports here that nobody listens
            return None
    return None


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
