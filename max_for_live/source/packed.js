// SPDX-License-Identifier: Apache-2.0
// The packed form of OSC that docs/osc.md specifies: its sending and its receiving half.
// Pure: the clock (in milliseconds), the way out and new names are passed in.
"use strict";

const { encode, decode } = require("./base64.js");

const PIECE = 3072; // bytes: 4,096 characters of base64, below what udpsend lets through
const WINDOW = 16; // pieces on their way at once
const FIRST_RESEND_MS = 50;
const LAST_RESEND_MS = 1000;
const MAX_MISSING = 64; // what one acknowledgement lists
const MAX_MESSAGE = 16 * 1024 * 1024;
const PAST_SESSIONS = 8;

// One message is on its way at a time; a piece that is not acknowledged is sent again.
class Sender {
  constructor({ out, now, newName, replyPort }) {
    Object.assign(this, { out, now, newName, replyPort });
    this.queue = [];
    this.renew();
  }

  // A new session; whatever was not complete is said again.
  renew() {
    this.session = this.newName();
    this.number = 0;
    this.pieces = null;
    this.flights = new Map(); // index -> { due, wait }
    if (this.queue.length) this.begin();
  }

  push(text) {
    this.queue.push(text);
    if (!this.pieces) this.begin();
  }

  // Drop everything that waits, with its session: the other side is gone.
  clear() {
    this.queue = [];
    this.renew();
  }

  get idle() {
    return this.queue.length === 0;
  }

  begin() {
    const text = this.queue[0];
    this.number += 1;
    this.next = 0;
    this.flights.clear();
    this.pieces = [];
    for (let at = 0; at < text.length; at += PIECE) this.pieces.push(text.slice(at, at + PIECE));
    this.pump();
  }

  // Send what is due again and what the window has room for; gives when to come back, in ms.
  pump() {
    if (!this.pieces) return Infinity;
    const now = this.now();
    for (const [index, flight] of this.flights) {
      if (now < flight.due) continue;
      flight.wait = Math.min(2 * flight.wait, LAST_RESEND_MS);
      this.send(index, flight);
    }
    while (this.next < this.pieces.length && this.flights.size < WINDOW) {
      const flight = { wait: FIRST_RESEND_MS };
      this.flights.set(this.next, flight);
      this.send(this.next, flight);
      this.next += 1;
    }
    return Math.min(...Array.from(this.flights.values(), (flight) => flight.due)) - now;
  }

  send(index, flight) {
    flight.due = this.now() + flight.wait;
    const data = encode(this.pieces[index]);
    const head = [this.session, this.number, index, this.pieces.length];
    this.out("/nextbar/chunk", ...head, data, this.replyPort);
  }

  // Gives whether it was news.
  onAck(session, message, below, ...missing) {
    if (session !== this.session || message !== this.number || !this.pieces) return false;
    const before = this.flights.size;
    for (const index of this.flights.keys()) {
      if (index < below && !missing.includes(index)) this.flights.delete(index);
    }
    const news = this.flights.size < before;
    if (this.next < this.pieces.length || this.flights.size) {
      this.pump();
      return news;
    }
    this.queue.shift();
    this.pieces = null;
    if (this.queue.length) this.begin();
    return news;
  }

  // Gives whether it was about this session.
  onRestart(session) {
    if (session !== this.session) return false;
    this.renew();
    return true;
  }
}

// Puts messages together, each once and in order; `deliver` gets the text of each and says whether
// it was for us. Max does not tell where a packet came from: a session that turns out to be a
// stranger's, who has the same port, is left again.
class Receiver {
  constructor({ out, deliver }) {
    Object.assign(this, { out, deliver });
    this.session = "";
    this.past = [];
    this.done = 0;
    this.former = null; // what was before the present session, until that is known to be ours
    this.forget();
  }

  forget() {
    this.parts = new Map();
    this.count = 0;
  }

  onChunk(session, message, index, count, data) {
    if (session !== this.session && !this.enter(session, message)) return;
    if (message <= this.done) {
      this.out("/nextbar/ack", session, message, count);
      return;
    }
    if (message > this.done + 1) {
      this.out("/nextbar/restart", session);
      return;
    }
    if (!this.take(index, count, data)) return;
    if (this.parts.size < this.count) {
      this.acknowledge(session, message);
      return;
    }
    const text = this.whole();
    this.done = message;
    this.forget();
    this.out("/nextbar/ack", session, message, count);
    if (text === null) return;
    if (this.deliver(text)) this.former = null;
    else if (this.former) this.leave();
  }

  // Back to the session before; this one is not heeded again.
  leave() {
    const stranger = this.session;
    Object.assign(this, this.former);
    this.past = [...this.past, stranger].slice(-PAST_SESSIONS);
    this.former = null;
  }

  // Whether chunks of the session are to be heeded.
  enter(session, message) {
    if (this.past.includes(session)) return false;
    if (message !== 1) {
      this.out("/nextbar/restart", session);
      return false;
    }
    const { past, done, parts, count } = this;
    if (!this.former) this.former = { session: this.session, past, done, parts, count };
    if (this.session) this.past = [...past, this.session].slice(-PAST_SESSIONS);
    this.session = session;
    this.done = 0;
    this.forget();
    return true;
  }

  // A chunk that makes no sense is left unanswered.
  take(index, count, data) {
    const sound = index >= 0 && index < count && count * PIECE <= MAX_MESSAGE + PIECE;
    if (!sound || (this.count && this.count !== count)) return false;
    this.count = count;
    if (!this.parts.has(index)) this.parts.set(index, data);
    return true;
  }

  acknowledge(session, message) {
    const top = Math.max(...this.parts.keys()) + 1;
    const missing = [];
    for (let index = 0; index < top; index++) {
      if (this.parts.has(index)) continue;
      if (missing.length === MAX_MISSING) {
        this.out("/nextbar/ack", session, message, index, ...missing);
        return;
      }
      missing.push(index);
    }
    this.out("/nextbar/ack", session, message, top, ...missing);
  }

  // The message's text, or null when a piece is broken.
  whole() {
    const texts = [];
    try {
      for (let index = 0; index < this.count; index++) texts.push(decode(this.parts.get(index)));
    } catch (error) {
      return null;
    }
    return texts.join("");
  }
}

module.exports = { Sender, Receiver };
