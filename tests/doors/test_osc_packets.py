# SPDX-License-Identifier: Apache-2.0
"""Bytes <-> OSC messages, against the examples of the specification and an independent library."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage as TheirMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.doors.osc.packets import MAX_DEPTH, OscMessage, Single, decode, encode, shortened
from bridge.errors import BadMessage

TABLE = [
    # the two examples of the OSC 1.0 specification
    (
        b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0",
        OscMessage("/oscillator/4/frequency", (440.0,)),
    ),
    (
        b"/foo\0\0\0\0,iisff\0\0\0\0\x03\xe8\xff\xff\xff\xffhello\0\0\0"
        b"\x3f\x9d\xf3\xb6\x40\xb5\xb2\x2d",
        OscMessage("/foo", (1000, -1, "hello", 1.2339999675750732, 5.677999973297119)),
    ),
    (b"/a\0\0", OscMessage("/a")),
    (b"/a\0\0,\0\0\0", OscMessage("/a")),
    (b"/a\0\0,TFNI\0\0\0", OscMessage("/a", (True, False, None, 1))),
    (b"/a\0\0,hd\0" + struct.pack(">qd", 2**40, 1 / 3), OscMessage("/a", (2**40, 1 / 3))),
    (b"/a\0\0,[ii]i\0\0" + struct.pack(">iii", 1, 2, 3), OscMessage("/a", ([1, 2], 3))),
    (b"/a\0\0,S\0\0caf\xc3\xa9\0\0\0", OscMessage("/a", ("café",))),
    (b"/a\0\0,s\0\0\xff\0\0\0", OscMessage("/a", ("\ufffd",))),  # not UTF-8
]

BROKEN = [
    b"",
    b"\0",
    b"ping",
    b"/a",
    b"/a\0\0i\0\0\0\0\0\0\1",
    b"/a\0\0,i\0\0",
    b"/a\0\0,i\0\0\0\0",
    b"/a\0\0,s\0\0abcd",
    b"/a\0\0,b\0\0\0\0\0\0",
    b"/a\0\0,[i\0\0\0\0\0\1",
    b"/a\0\0,]\0\0",
    b"/a\0\0,[[]]\0\0\0",
    b"/\xe9\0\0",
    b"#bundle\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", 400) + b"/a\0\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", -4) + b"/a\0\0",
    b"#bundle\0" + bytes(8) + struct.pack(">i", 0),
    b"#bundle\0" + bytes(8) + struct.pack(">i", 3) + b"/a\0\0",
    b"#bundle\0" + bytes(8) + b"\0\0",
]


def bundle(*elements, tag=1):
    body = b"".join(struct.pack(">i", len(e)) + e for e in elements)
    return b"#bundle\0" + struct.pack(">Q", tag) + body


@pytest.mark.parametrize(("raw", "message"), TABLE)
def test_reads_the_table(raw, message):
    assert decode(raw) == [message]


@pytest.mark.parametrize("raw", BROKEN)
def test_broken_packets_are_named_so(raw):
    with pytest.raises(BadMessage):
        decode(raw)


def test_only_32_bit_floats_are_marked():
    (message,) = decode(b"/a\0\0,fd\0" + struct.pack(">fd", 0.5, 0.5))
    assert [type(arg) for arg in message.args] == [Single, float]


def test_bundles_open_in_order_whatever_their_time():
    inner = bundle(encode("/b", 1), encode("/c"), tag=2**63)
    messages = decode(bundle(encode("/a"), inner, encode("/d", "x")))
    assert [m.address for m in messages] == ["/a", "/b", "/c", "/d"]


def test_one_broken_element_spoils_the_bundle():
    with pytest.raises(BadMessage):
        decode(bundle(encode("/a"), b"/b\0\0,i\0\0"))


def test_bundles_have_a_depth():
    deep = encode("/a")
    for _ in range(MAX_DEPTH):
        deep = bundle(deep)
    assert decode(deep) == [OscMessage("/a")]
    with pytest.raises(BadMessage):
        decode(bundle(deep))


def test_a_datagram_has_a_number_of_messages():
    with pytest.raises(BadMessage):
        decode(bundle(*[b"/a\0\0"] * 2000))


def test_only_i_f_and_s_go_out():
    raw = encode("/x", True, None, 2**31, -(2**31), 1e300, "a\0b", 0.5)
    assert decode(raw) == [OscMessage("/x", (1, "", "2147483648", -(2**31), "1e+300", "ab", 0.5))]
    assert b",ississsf"[:2] in raw
    assert raw[raw.index(b",") :].split(b"\0")[0] == b",ississf"


ARGS = st.lists(
    st.one_of(
        st.integers(-(2**31), 2**31 - 1),
        st.floats(width=32, allow_nan=False),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    ),
    max_size=20,
)


@given(ARGS)
def test_an_independent_library_reads_what_we_write(args):
    theirs = TheirMessage(encode("/nextbar/x", *args))
    assert (theirs.address, theirs.params) == ("/nextbar/x", args)


@given(ARGS)
def test_we_read_what_an_independent_library_writes(args):
    builder = OscMessageBuilder("/nextbar/x")
    for arg in args:
        builder.add_arg(arg)
    assert decode(builder.build().dgram) == [OscMessage("/nextbar/x", tuple(args))]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw):
    for start in (b"", b"/a\0\0,", b"#bundle\0\0\0\0\0\0\0\0\1"):
        with suppress(BadMessage):
            assert all(m.address.startswith("/") for m in decode(start + raw))


def test_long_texts_are_cut_between_characters():
    assert shortened("abc", 3) == "abc"
    assert shortened("éé", 3) == "é..."
