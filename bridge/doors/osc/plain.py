# SPDX-License-Identifier: Apache-2.0
"""Plain OSC commands: `/nextbar/continue 7 bars 4` -> command, id and values by name. Pure.

Arguments come in pairs of name and value; where their number is odd, the first one is the
request id. Three pairs belong to the door, not to the command: `reply_port`, `token`, and `clip`
or `clips`, which name slots that `/nextbar/clip/...` filled.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.core.commands import COMMANDS
from bridge.core.messages import RequestId, is_request_id
from bridge.doors.osc import singles
from bridge.doors.osc.packets import OscMessage
from bridge.errors import BadMessage, UnknownCommand
from models.errors import BadArgument

PREFIX = "/nextbar/"
CLIP_PREFIX = "/nextbar/clip/"
CLIP_VERBS = ("new", "notes", "note", "set", "remove")
_PATTERN = frozenset("*?[]{}")


@dataclass(frozen=True, slots=True)
class Plain:
    """One plain message, taken apart.

    Attributes:
        verb: the command, or `clip/new` and the like.
        head: for clip verbs: what stands before the pairs that belong to the door.
        pairs: values by name; a name given twice has a list.
    """

    verb: str
    id: RequestId = 0
    head: tuple[Any, ...] = ()
    pairs: dict[str, Any] = field(default_factory=dict)
    reply_port: int = 0
    token: str = ""


def read_plain(message: OscMessage) -> Plain | None:
    """The message taken apart; None for a button that was let go.

    Raises:
        UnknownCommand: no such address.
        BadMessage: a pattern in the address, or arguments that are not pairs.
        BadArgument: `reply_port` or the id is not a number as it should be.
    """
    verb = _verb(message.address)
    args = message.args
    if verb.startswith("clip/"):
        return _clip_message(verb, args)
    if len(args) == 1 and not isinstance(args[0], str):
        if _let_go(verb, args[0]):
            return None
        if isinstance(args[0], bool | float):  # pressed; buttons send no ids
            args = ()
    head, rest = args[: len(args) % 2], args[len(args) % 2 :]
    pairs = read_pairs(rest)
    port, token = _door_pairs(pairs, keep_port=verb == "hello")
    return Plain(verb, _request_id(head), (), pairs, port, token)


def _verb(address: str) -> str:
    if _PATTERN & set(address):
        raise BadMessage(
            "An address here may not hold a pattern such as *; send one message each.",
            where=address[:80],
        )
    known = [*COMMANDS, *(f"clip/{verb}" for verb in CLIP_VERBS)]
    verb = address.removeprefix(PREFIX)
    if address.startswith(PREFIX) and verb in known:
        return verb
    near = difflib.get_close_matches(address[:80], [PREFIX + name for name in known], n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/protocol.md lists them."
    raise UnknownCommand(f"There is no address {address[:80]}; {hint}", where=address[:80])


def _let_go(verb: str, value: object) -> bool:
    """Whether a lone argument is a button let go: 0, or off; an int 0 may also be an id."""
    if isinstance(value, bool | float):
        return not value
    return value == 0 and not COMMANDS[verb].params and COMMANDS[verb].kind == "query"


def read_pairs(values: Sequence[Any]) -> dict[str, Any]:
    """`name value name value ...` as a dictionary, numbers freed of their 32-bit rounding.

    Raises:
        BadMessage: a name is not text, or a value is missing.
    """
    pairs: dict[str, Any] = {}
    for at in range(0, len(values), 2):
        name = values[at]
        if not isinstance(name, str):
            raise BadMessage(
                f"Arguments come in pairs of name and value; {name!r:.40} stands where a name "
                "should. An id comes first, before the pairs."
            )
        if at + 1 == len(values):
            raise BadMessage(f"{name:.40} has no value.", where=name[:40])
        value = _freed(values[at + 1])
        if name in pairs:
            before = pairs[name] if isinstance(pairs[name], list) else [pairs[name]]
            value = [*before, *(value if isinstance(value, list) else [value])]
        pairs[name] = value
    return pairs


def _freed(value: Any) -> Any:
    if isinstance(value, list):
        return [_freed(item) for item in value]
    return singles.number(value) if isinstance(value, float) else value


def _clip_message(verb: str, args: tuple[Any, ...]) -> Plain:
    """A clip message may end in the door's own pairs, and in nothing else that is named so."""
    end, own = len(args), {}
    while end >= 2 and isinstance(args[end - 2], str) and args[end - 2] in {"reply_port", "token"}:
        own[args[end - 2]] = _freed(args[end - 1])
        end -= 2
    port, token = _door_pairs(own)
    return Plain(verb, 0, args[:end], {}, port, token)


def _door_pairs(pairs: dict[str, Any], *, keep_port: bool = False) -> tuple[int, str]:
    """Take `reply_port` and `token` out; `hello` also has the port as a parameter."""
    token = str(pairs.pop("token", ""))
    value = pairs.get("reply_port", 0) if keep_port else pairs.pop("reply_port", 0)
    usable = isinstance(value, int | float) and 0 <= value <= 65535 and value == int(value)
    if not usable:
        raise BadArgument(
            f"reply_port must be a port from 1 to 65535, not {value!r:.40}.", where="reply_port"
        )
    return int(value), token


def _request_id(head: tuple[Any, ...]) -> RequestId:
    if not head or head[0] is None:
        return 0
    value = head[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not is_request_id(value):
        raise BadMessage(f"The id must be a whole number or short text, not {value!r:.40}.")
    return value


def peek(message: OscMessage) -> tuple[RequestId, int]:
    """Id and reply port of a message that could not be read, as well as they can be guessed."""
    args = message.args
    reply_port = 0
    for name, value in itertools.pairwise(args):
        if name == "reply_port" and isinstance(value, int) and 0 < value <= 65535:
            reply_port = value
    if message.address.startswith(CLIP_PREFIX) or len(args) % 2 == 0:
        return 0, reply_port
    first = args[0]
    usable = isinstance(first, int) and not isinstance(first, bool)
    return (first if usable else 0), reply_port
