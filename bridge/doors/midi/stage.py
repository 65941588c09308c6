# SPDX-License-Identifier: Apache-2.0
"""The stage: the process that has the ports, plays in time and talks with the daemon.

It reads lines of JSON from standard input and writes lines to what was standard output: in
`{"options": ...}` first, then `{"event": ...}` and `{"steer": ...}`; out `{"ask": ...}`,
`{"facts": ..., "steered": N}`, with how many steers had arrived, and `{"say": ...}`. When its input
closes, the daemon has gone: it ends every note and leaves. So nothing hangs when the daemon is
killed.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any, BinaryIO

from bridge.doors.midi.conductor import Conductor
from bridge.doors.midi.facts import facts_of
from bridge.doors.midi.messages import silence
from bridge.doors.midi.ports import Ports, let_leave, open_ports, take_back
from bridge.doors.midi.session import Session
from bridge.doors.midi.setup import choice_of, conductor_of, options_of, wanted_of
from bridge.errors import NextbarError, NoMidi
from models.midi import Song, write_midi
from models.places import expanded

FACTS_GAP_S = 0.2  # how often it is told how things are, at most
REOPEN_S = 1.0  # how often ports that have vanished are looked for
PRIORITY = -11  # what audio groups are commonly allowed
MOST_AT_ONCE = 2000  # messages taken in before time is looked at again

_Item = tuple[str, Any, Any, float]  # kind, port or nothing, what, when


class Stage:
    """One session at its ports."""

    def __init__(self, options: Mapping[str, Any], outgoing: BinaryIO) -> None:
        self.inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._options = options
        self._outgoing = outgoing
        self._wanted = wanted_of(options)
        self._ports: Ports | None = None
        self._session: Session | None = None
        self._told: Mapping[str, Any] = {}
        self._steered = 0  # how many of the daemon's choices have arrived
        self._facts_at_s = 0.0
        self._look_at_s = 0.0

    def play(self) -> None:
        """Play until the daemon goes away; ports that vanish are looked for until they return."""
        while True:
            ports = self._open()
            if ports is None:
                return
            try:
                if not self._perform(ports):
                    return
            finally:
                self._hush(ports)
                ports.close()
            self._say("The MIDI ports are gone; they are opened again as soon as they can be.")

    def _open(self) -> Ports | None:
        """Open the ports, trying until they are there; None when the daemon has gone."""
        told = ""
        while True:
            try:
                ports = open_ports(self._wanted, self._heard)
            except NoMidi as error:
                if error.message != told:
                    told = error.message
                    self._say(told)
                if not self._wait_out(REOPEN_S):
                    return None
                continue
            self._ports = ports
            self._session = self._session_at(ports)
            if missing := ports.facts()["missing"]:
                self._session.notice = (
                    f"No port {', '.join(missing)} yet; it is used once it is there."
                )
            self._write({"open": dict(ports.facts()), "api": ports.api})
            self._hush(ports)
            return ports

    def _session_at(self, ports: Ports) -> Session:
        """The session; a new one where the clock that stamps messages is another one."""
        before = self._session
        choice = before.choice if before else choice_of(self._options)
        conductor: Conductor = conductor_of(self._options, ports.now)
        return Session(options_of(self._options), choice, conductor, random.Random())

    def _heard(self, port: str, data: bytes, at_s: float) -> None:
        """A message has come, on a thread of the ports."""
        self.inbox.put(("midi", port, data, at_s))

    def _wait_out(self, seconds: float) -> bool:
        """Wait; what is chosen meanwhile is chosen. False when the daemon has gone."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                kind, _, what, _ = self.inbox.get(timeout=left_s)
            except queue.Empty:
                break
            if kind == "gone":
                return False
            if kind == "steer":
                self._steered += 1
                self._options = {**self._options, "choice": {**self._choice(), **what}}
        return True

    def _choice(self) -> Mapping[str, Any]:
        chosen: Mapping[str, Any] = self._options.get("choice", {})
        return chosen

    def _perform(self, ports: Ports) -> bool:
        """Play at these ports; true when they have vanished, false when the daemon has."""
        session = self._session
        assert session
        while self._ports_alive(ports):
            now_s = ports.now()
            session.advance(now_s, ports.lead_s)
            self._send(ports, session)
            self._tell(session, ports)
            if not self._listen(ports, session):
                return False
        return True

    def _ports_alive(self, ports: Ports) -> bool:
        now_s = time.monotonic()
        if now_s < self._look_at_s:
            return True
        self._look_at_s = now_s + REOPEN_S / 2
        return ports.alive()

    def _listen(self, ports: Ports, session: Session) -> bool:
        """Wait until something comes or is due, and take in what has come."""
        wait_s = session.next_s(ports.now(), ports.lead_s) - ports.now()
        try:
            item = self.inbox.get(timeout=max(wait_s, 0.0)) if wait_s > 0 else self.inbox.get(False)
            for _ in range(MOST_AT_ONCE):
                if not self._take(item, ports, session):
                    return False
                item = self.inbox.get(False)
        except queue.Empty:
            pass
        return True

    def _take(self, item: _Item, ports: Ports, session: Session) -> bool:
        """Take one thing in; false when the daemon has gone. A border: no input ends the play."""
        kind, port, what, at_s = item
        try:
            if kind == "midi":
                session.heard(port, what, at_s)
            elif kind == "event":
                session.told(what, ports.now())
            elif kind == "steer":
                self._steered += 1
                session.steer(what, ports.now())
        except NextbarError as error:
            session.notice = error.message
        except Exception:
            traceback.print_exc()
        return kind != "gone"

    def _send(self, ports: Ports, session: Session) -> None:
        """Hand over what is due, and at once what ends notes."""
        if session.urgent:
            take_back(ports)
            for data in session.urgent:
                ports.send(data, 0.0)
            session.urgent.clear()
        for at_s, data in session.due(ports.now(), ports.lead_s):
            ports.send(data, at_s)

    def _hush(self, ports: Ports) -> None:
        """End everything on every channel we play on, whoever began it."""
        try:
            take_back(ports)
            if self._session:
                self._session.silence()
                for data in self._session.urgent:
                    ports.send(data, 0.0)
                self._session.urgent.clear()
            for channel in sorted(set(options_of(self._options).routes.values())):
                for data in silence(channel):
                    ports.send(data, 0.0)
            let_leave(ports)
        except (NextbarError, OSError, RuntimeError):
            traceback.print_exc()  # the ports are gone, and what sounded with them

    def _tell(self, session: Session, ports: Ports) -> None:
        """Requests at once; how things are a few times a second, where that has changed."""
        for request in session.requests:
            self._write({"ask": request})
        session.requests.clear()
        for phrase in session.phrases:
            session.notice = self._file(phrase.song()) or session.notice
        session.phrases.clear()
        now_s = time.monotonic()
        if now_s >= self._facts_at_s:
            self._facts_at_s = now_s + FACTS_GAP_S
            facts = facts_of(session, ports.now())
            facts["stats"] |= {"api": ports.api, **ports.facts()}
            news = {"facts": facts, "steered": self._steered}
            if news != self._told:
                self._told = news
                self._write(news)

    def _file(self, song: Song) -> str:
        """Write what was played as a MIDI file, where a folder for that is set; gives the fault."""
        folder = str(self._options.get("captures_folder") or "")
        if not folder:
            return ""
        name = time.strftime("played-%Y%m%d-%H%M%S") + f"-{time.monotonic_ns() % 1000:03}.mid"
        try:
            place = expanded(folder, "midi_captures_folder")
            place.mkdir(parents=True, exist_ok=True)
            write_midi(song, place / name)
        except OSError as error:
            reason = error.strerror or error
        except NextbarError as error:
            reason = error.message
        else:
            return ""
        return f"No file is written to {folder}: {reason}; what was played is kept as a take."

    def _say(self, text: str) -> None:
        self._write({"say": text})

    def _write(self, data: Mapping[str, Any]) -> None:
        try:
            self._outgoing.write(json.dumps(data).encode() + b"\n")
            self._outgoing.flush()
        except OSError:  # the daemon has gone; the end of our input says so too
            self.inbox.put(("gone", None, None, 0.0))


def read_lines(incoming: BinaryIO, stage: Stage) -> None:
    """Pass on what the daemon says; runs on a thread of its own."""
    for line in incoming:
        for kind, what in json.loads(line).items():
            stage.inbox.put((kind, None, what, 0.0))
    stage.inbox.put(("gone", None, None, 0.0))


def main() -> None:
    """Be the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the daemon, which tells us
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no message
    _come_first()
    stage = Stage(json.loads(incoming.readline())["options"], outgoing)
    threading.Thread(target=read_lines, args=(incoming, stage), daemon=True).start()
    gc.freeze()
    stage.play()


def _come_first() -> None:
    """Ask to be served before work that can wait; a user who may not ask is served as before."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.winmm.timeBeginPeriod(1)  # else Windows waits by 15 ms
    else:
        with contextlib.suppress(OSError):
            os.nice(PRIORITY)


if __name__ == "__main__":
    main()
