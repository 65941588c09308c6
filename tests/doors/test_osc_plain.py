# SPDX-License-Identifier: Apache-2.0
"""The plain form at the desk, without sockets: datagrams in, datagrams out."""

import struct
from itertools import count

import pytest
from osc_hub import EchoHub
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.core.commands import COMMANDS
from bridge.core.events import EVENTS
from bridge.core.messages import Event
from bridge.doors.osc.answers import flatten
from bridge.doors.osc.clients import IDLE_S, MAX_CLIENTS
from bridge.doors.osc.desk import Desk
from bridge.doors.osc.frames import FRAME_ADDRESSES, Chunk, read_frame, read_json, write_json
from bridge.doors.osc.packets import OscMessage, decode, encode
from bridge.doors.osc.plain import CLIP_VERBS, peek
from bridge.doors.osc.ratelimit import BURST
from bridge.doors.osc.sender import GIVE_UP_S
from models.clip import Clip, Note, Scale
from models.metre import Metre
from models.wire import clip_from_data, clip_to_data

NOTE = ("origin", "mute", "pitch", "start", "velocity")
CLIP = ("kind", "tempo_bpm", "metre", "scale", "length_beats")
ME = ("127.0.0.1", 5000)
FAR = ("192.0.2.7", 5000)


class Bench:
    """A desk with a fake hub and a clock that the test moves."""

    def __init__(self, token=""):
        self.now_s = 0.0
        self.hub = EchoHub()
        numbers = count(1)
        self.desk = Desk(
            self.hub, token, lambda: self.now_s, lambda: f"d{next(numbers)}", lambda: None
        )

    def send(self, address, *args, source=ME):
        return self.raw(encode(address, *args), source)

    def raw(self, datagram, source=ME):
        """Hand in a datagram; gives the answers as (port, message)."""
        self.desk.receive(datagram, source)
        return [(to[1], decode(raw)[0]) for to, raw in self.desk.outbox.rest()]

    def said(self, address, *args, source=ME):
        """The answers as address and arguments, all of which must go to the source."""
        answers = self.send(address, *args, source=source)
        assert {port for port, _ in answers} <= {source[1]}
        return [(m.address.removeprefix("/nextbar/"), *m.args) for _, m in answers]

    def clip(self, *args):
        """The clip that reached the hub with `continue`."""
        self.send("/nextbar/continue", *args)
        return clip_from_data(self.hub.messages[-1][1].body["clips"][0])


@pytest.fixture
def bench():
    return Bench()


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def test_the_shortest_journey(bench):
    """What a first patch sends: new, notes, continue."""
    assert bench.said("/nextbar/clip/new", "A", 4.0) == [("clip", "A", 0, 4.0)]
    notes = [60, 0.0, 1.0, 100.0, 0, 64, 1.0, f32(1 / 3), 90.0, 1]
    assert bench.said("/nextbar/clip/notes", "A", *notes) == [("clip", "A", 2, 4.0)]
    assert bench.said("/nextbar/continue", 7, "bars", 4, "seed", 7) == [
        ("accepted", 7, "j1", 0, 7, "echo"),
        ("progress", 7, "j1", 0.5, "generating", 1, 0.0),
        ("partial", 7, "j1", 0, 0, 0, 1, 0.0, 4.0, 0, 1, *notes),
        ("take", 7, 0, 1, "t0", 1, 2),
        ("part", 7, 0, 0, 1, 2, 4.0, 0.0, 4.0, 4, 4, 120.0, ""),
        ("notes", 7, 0, 0, 0, 1, *notes),
        ("done", 7, "j1", 1, 2, 7, "echo", "", "load_ms=1.5"),
    ]
    (_, message) = bench.hub.messages[-1]
    assert (message.op, message.id) == ("continue", 7)
    assert message.body["bars"] == 4
    clip = clip_from_data(message.body["clips"][0])
    assert clip == Clip((Note(60, 0.0, 1.0), Note(64, 1.0, 1 / 3, 90.0, mute=True)), 4.0)


def test_notes_alone_are_enough(bench):
    bench.send("/nextbar/clip/notes", 60, 0, 1, 100, 0, 62, 4, 1, 100, 0)
    assert bench.clip() == Clip((Note(60, 0.0, 1.0), Note(62, 4.0, 1.0)), 8.0)


def test_every_field_of_clip_and_note(bench):
    bench.send("/nextbar/clip/new", "A", 6.0, "metre", 6, 8)
    bench.send("/nextbar/clip/set", "A", "tempo_bpm", 92.5, "kind", "drums", "name", "my name")
    bench.send("/nextbar/clip/set", "A", "loop_start_beats", 3.0)
    bench.send("/nextbar/clip/set", "A", "loop_end_beats", 6.0, "start_marker_beats", -0.5)
    bench.send("/nextbar/clip/set", "A", "scale", 2, 0, 2, 3, 5, 7, 9, 10)
    bench.send("/nextbar/clip/set", "A", "pad", 36, "Kick", "pad", 38, "Snare")
    bench.send("/nextbar/clip/set", "A", "pad", 42, "Hat")
    bench.send(
        "/nextbar/clip/note", "A", "pitch", 36, "start_beats", f32(1 / 3), "duration_beats", 0.25,
        "velocity", f32(99.7), "mute", 1, "probability", 0.5, "velocity_deviation", -10.0,
        "release_velocity", 3.0, "id", 12,
    )  # fmt: skip
    assert bench.clip("clip", "A") == Clip(
        (Note(36, 1 / 3, 0.25, 99.7, True, 0.5, -10.0, 3.0, 12),),
        6.0,
        loop_start_beats=3.0,
        loop_end_beats=6.0,
        start_marker_beats=-0.5,
        metre=Metre(6, 8),
        tempo_bpm=92.5,
        scale=Scale(2, (0, 2, 3, 5, 7, 9, 10)),
        kind="drums",
        pads=((36, "Kick"), (38, "Snare"), (42, "Hat")),
        name="my name",
    )


def test_metre_as_text(bench):
    bench.send("/nextbar/clip/set", "metre", "7/8")  # no such slot yet
    bench.send("/nextbar/clip/new", "metre", "7/8")
    bench.send("/nextbar/clip/notes", 60, 0, 1, 100, 0)
    assert bench.clip().length_beats == 3.5


def test_several_clips_in_the_order_named(bench):
    for name, pitch in (("A", 60), ("B", 62), ("my C", 64)):
        bench.send("/nextbar/clip/notes", name, pitch, 0, 1, 100, 0)

    def pitches(*args):
        bench.send("/nextbar/accompany", 1, "role", "bass", *args)
        clips = bench.hub.messages[-1][1].body["clips"]
        return [clip_from_data(clip).notes[0].pitch for clip in clips]

    assert pitches("clips", "B A") == [62, 60]
    assert pitches("clip", "B", "clip", "A") == [62, 60]
    assert pitches("clip", "my C") == [64]
    assert pitches() == [64]  # used last


def test_notes_of_a_new_clip_replace_the_old(bench):
    bench.send("/nextbar/clip/notes", "A", 60, 0, 1, 100, 0)
    bench.send("/nextbar/clip/new", "A", 4.0)
    assert bench.said("/nextbar/clip/notes", "A", 61, 0, 1, 100, 0) == [("clip", "A", 1, 4.0)]
    assert bench.said("/nextbar/clip/remove", "A") == [("clip", "A", 0, 4.0)]
    assert bench.said("/nextbar/continue", 3, "clip", "A")[0][:3] == ("error", 3, "bad_clip")


@pytest.mark.parametrize(
    ("address", "args", "code", "hint"),
    [
        ("/nextbar/contineu", (7, "bars", 4), "unknown_command", "/nextbar/continue"),
        ("/nextbar/*", (7,), "bad_message", "pattern"),
        ("/nextbar/{ping,hello}", (7,), "bad_message", "pattern"),
        ("/live/test", (7,), "unknown_command", "There is no address"),
        ("/nextbar/continue", (7, 4, "bars"), "bad_message", "pairs"),
        ("/nextbar/continue", (7, "bars"), "bad_message", "pairs"),
        ("/nextbar/continue", (7,), "bad_clip", "clip/new"),
        ("/nextbar/continue", (7, "clip", "Z"), "bad_clip", "Z"),
        ("/nextbar/ping", (7, "reply_port", "x"), "bad_argument", "reply_port"),
        ("/nextbar/ping", (7, "reply_port", 99_999), "bad_argument", "reply_port"),
        ("/nextbar/ping", (7, "bars", 4), "bad_argument", "bars"),
        ("/nextbar/clip/notes", ("A", 60, 0.0), "bad_message", "five"),
        ("/nextbar/clip/notes", ("A",), "bad_message", "five"),
        ("/nextbar/clip/notes", ("A", 128, 0, 1, 100, 0), "bad_clip", "pitch"),
        ("/nextbar/clip/notes", ("A", 60, 0, 0, 100, 0), "bad_clip", "duration"),
        ("/nextbar/clip/notes", ("A", 60, "x", 1, 100, 0), "bad_clip", "start"),
        ("/nextbar/clip/notes", ("A", 60, float("nan"), 1, 100, 0), "bad_clip", "start"),
        ("/nextbar/clip/note", ("A", "pitch", 60), "bad_clip", "missing"),
        ("/nextbar/clip/note", ("A", "pitch"), "bad_message", "no value"),
        ("/nextbar/clip/new", ("A", -1.0), "bad_clip", "length"),
        ("/nextbar/clip/new", ("A", 4.0, "colour", 3), "bad_message", "colour"),
        ("/nextbar/clip/new", ("A", "colour", 3), "bad_message", "colour"),
        ("/nextbar/clip/new", ("x" * 65, 4.0), "bad_message", "name"),
        ("/nextbar/clip/set", ("Q", "kind", "drums"), "bad_clip", "Q"),
    ],
)
def test_what_is_wrong_is_told_with_a_hint(bench, address, args, code, hint):
    ((name, request_id, given_code, message, _where),) = bench.said(address, *args)
    assert (name, given_code) == ("error", code)
    assert hint in message
    if args[:1] == (7,) and len(args) != 2:
        assert request_id == 7
    assert [c for _, c in bench.hub.refused] in ([code], [])


@pytest.mark.parametrize(
    ("address", "args"),
    [
        *[("clip/note", ("pitch", 60, "start", 0, "duration", 1, name, ["x"])) for name in NOTE],
        *[("clip/new", (name, ["x"])) for name in CLIP],
        ("clip/notes", ([60], 0, 1, 100, 0)),
        ("clip/notes", (60, 0, 1, 100, [0])),
        ("continue", ("seed", ["x"])),
        ("hello", ("client", ["x"])),
    ],
)
def test_lists_where_they_do_not_belong_are_refused(bench, address, args):
    builder = OscMessageBuilder(f"/nextbar/{address}")
    for arg in args:
        builder.add_arg(arg)
    ((_, message),) = bench.raw(builder.build().dgram)
    assert message.address == "/nextbar/error"


def test_a_length_with_more_values_is_refused(bench):
    ((name, _, code, *_),) = bench.said("/nextbar/clip/new", "A", 4.0, "tempo_bpm")
    assert (name, code) == ("error", "bad_message")


def test_a_wrong_message_changes_no_clip(bench):
    bench.send("/nextbar/clip/new", "A", 4.0)
    bench.send("/nextbar/clip/notes", "A", 60, 0, 1, 100, 0, 61, 0, 1, 999, 0)
    bench.send("/nextbar/clip/set", "A", "metre", 4, 5)
    bench.send("/nextbar/clip/set", "A", "kind", [])
    assert bench.clip() == Clip((), 4.0)


def test_slots_are_bounded(bench):
    for number in range(16):
        bench.send("/nextbar/clip/new", f"s{number}", 4.0)
    assert bench.said("/nextbar/clip/new", "more", 4.0)[0][2] == "too_large"
    assert bench.said("/nextbar/clip/new", "s3", 4.0)[0][0] == "clip"
    packet = [v for i in range(1000) for v in (60, i, 1, 100, 0)]
    for _ in range(20):
        assert bench.said("/nextbar/clip/notes", "s3", *packet)[0][0] == "clip"
    assert bench.said("/nextbar/clip/notes", "s4", 60, 0, 1, 100, 0)[0][2] == "too_large"


@pytest.mark.parametrize("let_go", [b",f\0\0\0\0\0\0", b",F\0\0", b",i\0\0\0\0\0\0"])
def test_a_button_let_go_does_nothing(bench, let_go):
    assert bench.raw(b"/nextbar/ping\0\0\0" + let_go) == []


@pytest.mark.parametrize("pressed", [b",f\0\0\x3f\x80\0\0", b",T\0\0", b",\0\0\0", b""])
def test_a_button_pressed_is_a_request_without_id(bench, pressed):
    ((_, message),) = bench.raw(b"/nextbar/ping\0\0\0" + pressed)
    assert message == OscMessage("/nextbar/pong", (0, "0", 1.5))


def test_an_int_zero_is_an_id_where_there_are_parameters(bench):
    bench.send("/nextbar/clip/notes", 60, 0, 1, 100, 0)
    assert bench.said("/nextbar/continue", 0)[0][0] == "accepted"


@pytest.mark.parametrize("request_id", [1, -5, 2**31 - 1, "abc", 2.0])
def test_ids_come_back(bench, request_id):
    assert bench.said("/nextbar/ping", request_id, "reply_port", 5000)[0][1] == request_id


def test_an_id_beyond_32_bits_comes_back_as_text(bench):
    ((_, message),) = bench.raw(b"/nextbar/ping\0\0\0,h\0\0" + struct.pack(">q", 2**40))
    assert message.args[0] == str(2**40)


def test_numbers_lose_their_32_bit_tail(bench):
    bench.send("/nextbar/clip/notes", 60, 0, 1, 100, 0)
    bench.send("/nextbar/continue", 1, "adventure", f32(0.9))
    assert bench.hub.messages[-1][1].body["adventure"] == 0.9
    bench.send("/nextbar/vary", 1, "lock", 36, "lock", 38)
    assert bench.hub.messages[-1][1].body["lock"] == [36, 38]


def test_bundles_are_applied_in_order(bench):
    parts = [
        encode("/nextbar/clip/new", "A", 4.0),
        encode("/nextbar/clip/notes", "A", 60, 0, 1, 100, 0),
        encode("/nextbar/continue", 5),
    ]
    body = b"".join(struct.pack(">i", len(p)) + p for p in parts)
    answers = bench.raw(b"#bundle\0" + struct.pack(">Q", 2**63) + body)
    names = [m.address for _, m in answers]
    assert names[:3] == ["/nextbar/clip", "/nextbar/clip", "/nextbar/accepted"]
    assert names[-1] == "/nextbar/done"


def test_two_clients_have_their_own_clips_and_answers(bench):
    other = ("127.0.0.1", 6000)
    bench.said("/nextbar/clip/notes", "A", 60, 0, 1, 100, 0)
    bench.said("/nextbar/clip/notes", "A", 72, 0, 1, 100, 0, source=other)
    assert bench.said("/nextbar/continue", 1)[-1][0] == "done"
    assert bench.said("/nextbar/continue", 1, source=other)[5][6] == 72
    assert set(bench.hub.clients) == {"osc:127.0.0.1:5000", "osc:127.0.0.1:6000"}


def test_a_shell_names_its_reply_port_with_every_message(bench):
    """As oscsend does: each message comes from another source port."""
    pair = ("reply_port", 9012)
    bench.send("/nextbar/clip/notes", "A", 60, 0, 1, 100, 0, *pair, source=("127.0.0.1", 6001))
    answers = bench.send("/nextbar/continue", 1, *pair, source=("127.0.0.1", 6002))
    assert {port for port, _ in answers} == {9012}
    assert answers[-1][1].address == "/nextbar/done"
    assert set(bench.hub.clients) == {"osc:127.0.0.1:9012"}
    answers = bench.send("/nextbar/nonsense", 1, *pair, source=("127.0.0.1", 6003))
    assert [port for port, _ in answers] == [9012]


def test_hello_names_the_reply_port_for_later(bench):
    answers = bench.send("/nextbar/hello", 1, "reply_port", 9012)
    answers += bench.send("/nextbar/ping", 2)
    assert {port for port, _ in answers} == {9012}
    assert [m.address for _, m in answers] == [
        f"/nextbar/{n}" for n in ("engine", "engine", "welcome", "pong")
    ]
    bench.send("/nextbar/hello", 3)
    assert [port for port, _ in bench.send("/nextbar/ping", 4)] == [5000]


def test_welcome_in_plain_form(bench):
    assert bench.said("/nextbar/hello", 1) == [
        ("engine", 1, 0, 2, "echo", 1, "continue", "Repeats.", "", ""),
        ("engine", 1, 1, 2, "big", 0, "continue", "Repeats.", "No torch.", "pip x"),
        ("welcome", 1, 1, "0", "osc_port=9311 http_port=9312", "", 2, ""),
    ]


def say(event):
    messages = [decode(raw)[0] for raw in flatten(event)]
    return [(m.address.removeprefix("/nextbar/"), *m.args) for m in messages]


def test_every_event_of_the_table_has_a_plain_form():
    for kind in EVENTS.values():
        fields = {name: 1 for name in kind.fields if name != "notes"}
        notes = {"fields": ["pitch", "start_beats", "duration_beats", "velocity", "mute"]}
        data = {"partial": {"notes": {**notes, "rows": []}}}.get(kind.name, {})
        messages = say(Event(kind.name, 3, {**fields, **data}))
        assert [m[:2] for m in messages] == [(kind.name, 3)]


def test_jobs_and_takes_in_plain_form():
    job = {"job": "j1", "state": "failed", "command": "vary", "fraction": 1.0, "stage": "x"}
    job |= {"position": 0, "target": "", "outcome": {"message": "It broke."}}
    assert say(Event("job_list", 1, {"jobs": [job]})) == [
        ("job", 1, 0, 1, "j1", "failed", "vary", 1.0, "x", 0, "", "It broke."),
        ("job_list", 1, 1),
    ]
    line = {"id": "t1", "created": "2026", "command": "vary", "engine": "e", "seed": 1}
    line |= {"rank": 0, "notes": 2, "name": "n", "kept": True}
    assert say(Event("take_list", 1, {"takes": [line]})) == [
        ("listed", 1, 0, 1, "t1", "2026", "vary", "e", 1, 0, 2, "n", 1),
        ("take_list", 1, 1),
    ]
    whole = {"take": "t1", "parts": [clip_to_data(Clip((), 4.0, name="c"))]}
    assert say(Event("take_whole", 1, {"take": whole})) == [
        ("take", 1, 0, 1, "t1", 1, 0),
        ("part", 1, 0, 0, 1, 0, 4.0, 0.0, 4.0, 4, 4, 120.0, "c"),
        ("notes", 1, 0, 0, 0, 1),
        ("take_whole", 1, 1),
    ]


def test_many_notes_come_in_packets_that_networks_take_whole():
    notes = tuple(Note(i % 128, i / 3, 0.25, 1 + i % 127) for i in range(5000))
    takes = [{"take": "t", "parts": [clip_to_data(Clip(notes, 2000.0))]}]
    packets = list(flatten(Event("done", 1, {"job": "j", "takes": takes})))
    assert max(map(len, packets)) < 1400
    messages = [decode(p)[0] for p in packets]
    chunks = [m.args for m in messages if m.address == "/nextbar/notes"]
    assert [c[3:5] for c in chunks] == [(i, 125) for i in range(125)]
    pitches = [v for c in chunks for v in c[5::5]]
    assert pitches == [n.pitch for n in notes]
    assert messages[-1].args[2:4] == (1, 5000)


def test_addresses_do_not_clash():
    plain = {f"/nextbar/{name}" for name in [*COMMANDS, *(f"clip/{v}" for v in CLIP_VERBS)]}
    assert not plain & FRAME_ADDRESSES


def test_error_answers_are_rationed(bench):
    answers = [bench.raw(b"garbage") for _ in range(500)]
    assert sum(map(len, answers)) == BURST
    assert len(bench.hub.refused) == 500
    bench.now_s += 1.0
    assert len(bench.raw(b"garbage")) == 1
    bench.send("/nextbar/ping", 1)
    flood = [bench.raw(b"garbage") for _ in range(500)]
    assert sum(map(len, flood)) < BURST


def test_peek_never_fails():
    assert peek(OscMessage("/x", (None, [1], "reply_port"))) == (0, 0)
    assert peek(OscMessage("/x", (7, "reply_port", 9012))) == (7, 9012)


def test_silent_clients_are_forgotten_unless_a_job_runs(bench):
    bench.send("/nextbar/ping", 1)
    bench.hub.hold = True
    busy = ("127.0.0.1", 6000)
    bench.send("/nextbar/clip/notes", 60, 0, 1, 100, 0, source=busy)
    bench.send("/nextbar/continue", 1, source=busy)
    bench.now_s += IDLE_S + 1
    bench.desk.tick()
    assert bench.hub.detached == ["osc:127.0.0.1:5000"]
    assert bench.said("/nextbar/continue", 1)[0][2] == "bad_clip"  # its clips are gone too


def test_clients_are_bounded(bench):
    for port in range(1000, 1000 + 2 * MAX_CLIENTS):
        bench.now_s += 0.1
        bench.send("/nextbar/ping", 1, source=("127.0.0.1", port))
    assert len(bench.hub.clients) == MAX_CLIENTS
    assert "osc:127.0.0.1:1000" in bench.hub.detached


def test_other_machines_need_the_token():
    bench = Bench(token="secret")
    assert bench.said("/nextbar/ping", 1, source=FAR)[0][2] == "refused"
    assert bench.said("/nextbar/hello", 1, "token", "wrong", source=FAR)[0][2] == "refused"
    assert bench.said("/nextbar/hello", 1, "token", "secret", source=FAR)[-1][0] == "welcome"
    assert bench.said("/nextbar/ping", 2, source=FAR)[0][0] == "pong"
    assert bench.said("/nextbar/ping", 3)[0][0] == "pong"  # this machine


def test_no_token_configured_means_nobody_from_elsewhere():
    bench = Bench(token="")
    assert bench.said("/nextbar/hello", 1, "token", "", source=FAR)[0][2] == "refused"


def packed(bench, data, source=FAR, session="c1", number=1):
    chunk = Chunk(session, number, 0, 1, write_json(data), 0)
    frames = [read_frame(m) for _, m in bench.raw(chunk.encode(), source)]
    return [read_json(f.data) for f in frames if isinstance(f, Chunk)]


def test_packed_requests_show_the_token_too():
    bench = Bench(token="secret")
    (error,) = packed(bench, {"op": "ping", "id": 1})
    assert (error["event"], error["code"]) == ("error", "refused")
    answers = packed(bench, {"op": "ping", "id": 2, "token": "secret"}, session="c2")
    assert [a["event"] for a in answers] == ["pong"]


def test_strangers_cannot_fill_the_memory():
    bench = Bench(token="secret")
    for index in range(300):
        bench.raw(Chunk("s", 1, index, 5000, bytes(3072)).encode(), FAR)
    (client,) = bench.desk._clients
    assert client.receiver.held_bytes < 64 * 1024


def test_the_form_of_the_last_request_decides(bench):
    assert [a["event"] for a in packed(bench, {"op": "ping", "id": 1}, ME)] == ["pong"]
    assert bench.said("/nextbar/ping", 2) == [("pong", 2, "0", 1.5)]


@pytest.mark.parametrize(
    ("data", "request_id"),
    [
        ({"id": 4}, 4),
        ({"op": 3, "id": "x"}, "x"),
        ({"op": "ping", "id": [1]}, 0),
        ({"op": "ping", "id": True}, 0),
    ],
)
def test_packed_messages_without_a_command_are_refused(bench, data, request_id):
    (error,) = packed(bench, data, ME)
    assert (error["event"], error["id"], error["code"]) == ("error", request_id, "bad_message")


def test_a_device_may_listen_on_another_port_than_it_sends_from(bench):
    """As Max does: udpsend and udpreceive have a port each."""
    chunk = Chunk("c1", 1, 0, 1, write_json({"op": "ping", "id": 1}), reply_port=9001)
    answers = bench.raw(chunk.encode())
    assert [(port, m.address) for port, m in answers] == [
        (9001, "/nextbar/ack"),
        (9001, "/nextbar/chunk"),
    ]
    assert set(bench.hub.clients) == {"osc:127.0.0.1:9001"}
    session = answers[1][1].args[0]
    bench.now_s += 0.06
    bench.desk.tick()
    assert len(bench.desk.outbox.rest()) == 1  # not acknowledged: sent again
    bench.send("/nextbar/ack", session, 1, 1)
    bench.now_s += 5
    bench.desk.tick()
    assert bench.desk.outbox.rest() == []


def test_a_client_that_begins_anew_is_told_of_its_jobs(bench):
    bench.hub.hold = True
    packed(bench, {"op": "continue", "id": 1, "clip": clip_to_data(Clip((), 4.0))}, ME)
    (first,) = packed(bench, {"op": "ping", "id": 1}, ME, session="c2")
    assert first["event"] == "job_list"


def test_a_client_that_acknowledges_nothing_is_given_up(bench):
    packed(bench, {"op": "ping", "id": 1}, ME)
    bench.now_s += GIVE_UP_S - 1
    bench.desk.tick()
    assert bench.hub.detached == []
    bench.now_s += 2
    bench.desk.tick()
    assert bench.hub.detached == ["osc:127.0.0.1:5000"]
    late = Chunk("c1", 2, 0, 1, write_json({"op": "ping", "id": 2}))
    ((_, message),) = bench.raw(late.encode())
    assert message == OscMessage("/nextbar/restart", ("c1",))


def test_a_client_that_is_slow_misses_progress_but_no_result(bench):
    bench.hub.hold = True
    packed(bench, {"op": "continue", "id": 1, "clip": clip_to_data(Clip((), 4.0))}, ME)
    deliver = bench.hub.clients["osc:127.0.0.1:5000"]
    for _ in range(1000):
        deliver(Event("progress", 1, {"job": "j1", "fraction": 0.5, "stage": "x", "notes": 0}))
    deliver(Event("cancelled", 1, {"job": "j1"}))
    (client,) = bench.desk._clients
    assert client.sender.waiting < 100
    assert b"cancelled" in client.sender._waiting[-1]


def test_an_answer_that_is_too_large_is_an_error_in_packed_form(bench):
    packed(bench, {"op": "ping", "id": 1}, ME)
    deliver = bench.hub.clients["osc:127.0.0.1:5000"]
    deliver(Event("take_list", 4, {"takes": ["x" * 2**24]}))
    (client,) = bench.desk._clients
    assert read_json(client.sender._waiting[-1])["code"] == "too_large"
