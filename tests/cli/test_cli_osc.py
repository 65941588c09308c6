# SPDX-License-Identifier: Apache-2.0
import json
import socket
import threading

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.cli.osc import encode
from models.errors import BadArgument


@pytest.fixture
def peer():
    """A daemon's stand-in that answers each message with its own arguments."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(5)
        thread = threading.Thread(target=_echo, args=(line,))
        thread.start()
        yield line.getsockname()[1]
        thread.join(6)


def _echo(line):
    data, sender = line.recvfrom(4096)
    message = OscMessage(data)
    builder = OscMessageBuilder("/answer" + message.address)
    for value in message.params:
        builder.add_arg(value)
    line.sendto(builder.build().dgram, sender)


def test_send_prints_the_answer(nextbar, peer):
    words = ("send", "/nextbar/x", 1, 2.5, "a b", "s:7", "-3", "--port", peer, "--wait", 0.2)
    assert nextbar(*words) == (0, '/answer/nextbar/x 1 2.5 "a b" "7" -3\n', "")


def test_send_gives_json(nextbar, peer):
    code, out, _ = nextbar("send", "/x", "f:1", "--port", peer, "--wait", 0.2, "--json")
    assert code == 0
    assert json.loads(out) == {"address": "/answer/x", "args": [1.0]}


def test_no_answer_is_told(nextbar):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        code, _, err = nextbar("send", "/x", "--port", port, "--wait", 0.02)
        assert code == 1
        assert "no answer" in err
        assert nextbar("send", "/x", "--port", port, "--wait", 0) == (0, "", "")


@pytest.mark.parametrize(
    ("word", "value"),
    [("1", 1), ("-2", -2), ("1.5", 1.5), ("i:3", 3), ("f:3", 3.0), ("s:3", "3"), ("x", "x")],
)
def test_words_are_typed_by_look_or_prefix(word, value):
    params = OscMessage(encode("/a", [word])).params
    assert params == [value]
    assert type(params[0]) is type(value)


@pytest.mark.parametrize("word", ["i:x", "f:x", "99999999999", "i:1.5"])
def test_words_that_cannot_be_sent(word):
    with pytest.raises(BadArgument):
        encode("/a", [word])


def test_an_address_begins_with_a_slash(nextbar):
    assert nextbar("send", "nextbar/ping")[0] == 2


def test_listen_prints_what_arrives(nextbar, capsys):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arrived = threading.Event()

    def talk():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            for turn in range(500):
                line.sendto(b"junk" if turn % 2 else encode("/a", ["1"]), ("127.0.0.1", port))
                if arrived.wait(0.01):
                    return

    thread = threading.Thread(target=talk)
    thread.start()
    code, out, err = nextbar("listen", "--port", port, "--count", 2)
    arrived.set()
    thread.join(6)
    assert code == 0
    assert sorted(out.splitlines()) == sorted(["/a 1", f'(not OSC) "{b"junk".hex()}"'])
    assert str(port) in err


def test_a_taken_port_is_told(nextbar):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        code, _, err = nextbar("listen", "--port", taken.getsockname()[1])
    assert code == 1
    assert "--port" in err
