// SPDX-License-Identifier: Apache-2.0
// The conversation with the daemon: it is found, greeted, kept under watch, and found again when
// it was restarted or has moved. Requests wait for their answers through all of that: a job that
// the daemon forgot is asked again, with its seed, so that it gives the same notes.
"use strict";

const { asciiJson } = require("./base64.js");
const { Sender, Receiver } = require("./packed.js");

const PROTOCOL = 1;
const SOONEST_TICK_MS = 20;
const LATEST_TICK_MS = 1000;
const PING_BUSY_MS = 2000; // of silence while a job runs
const PING_IDLE_MS = 5000;
const LOST_MS = 3000; // without an acknowledgement of what was sent
const DEAF_MS = 8000; // without an answer to what was acknowledged
const HELLO_WAIT_MS = 1500; // for one port
const PATIENT_WAIT_MS = 5000; // for one port, when nobody has answered for long
const PATIENT_AFTER = 10; // hellos without an answer
const NEW_REPLY_PORT_AFTER = 6; // hellos without an answer: perhaps somebody else has ours
const ENDS = new Set(["done", "failed", "cancelled", "superseded", "error"]);

// `world` has toDaemon, toReceiver, now, Later, newName, claimPort and releasePort; `ports` gives
// the ports to try. `heard` is told { state, ... } of the connection:
//   searching (tried: how many hellos), connected (welcome, port, again), restarted, lost.
class Connection {
  constructor(world, { client, ports, heard }) {
    Object.assign(this, { world, client, ports, heard });
    this.name = world.newName();
    this.count = 0;
    this.jobs = new Map(); // id -> { op, body, onEvent, job, seed, state }
    this.questions = new Map(); // id -> { onEvent, ms }
    this.connected = false;
    this.everConnected = false;
    this.port = 0;
    this.tried = 0;
    this.timer = new world.Later(() => this.tick());
    this.sender = null;
  }

  // May be called again: a set that is saved or a preset bangs once more.
  start() {
    if (this.sender) return;
    this.openReplyPort();
    this.search();
  }

  stop() {
    this.timer.stop();
    if (this.replyPort) this.world.releasePort(this.replyPort);
  }

  openReplyPort() {
    if (this.replyPort) this.world.releasePort(this.replyPort);
    this.replyPort = this.world.claimPort(this.name);
    const out = (...message) => this.world.toDaemon(...message);
    const { now, newName } = this.world;
    this.sender = new Sender({ out, now, newName, replyPort: this.replyPort });
    this.receiver = new Receiver({ out, deliver: (text) => this.onMessage(text) });
    this.world.toReceiver("port", this.replyPort);
  }

  // Try one port after another until the daemon answers.
  search() {
    this.connected = false;
    this.queue = [];
    this.hello();
  }

  hello() {
    if (this.queue.length === 0) this.queue = this.ports(this.port);
    const port = this.queue.shift();
    if (this.tried && this.tried % NEW_REPLY_PORT_AFTER === 0) this.openReplyPort();
    this.sender.clear();
    this.questions.clear();
    this.world.toDaemon("port", port);
    this.trying = port;
    this.helloMs = this.world.now();
    this.greet();
    this.tried += 1;
    this.heard({ state: "searching", tried: this.tried, again: this.everConnected });
    this.timer.in(SOONEST_TICK_MS);
  }

  // Only the newest greeting counts: an answer to an earlier one came from another port.
  greet() {
    const greeting = (this.greeting = {});
    const onEvent = (event) => greeting === this.greeting && this.onWelcome(event);
    this.ask("hello", { protocol: PROTOCOL, client: this.client }, onEvent, true);
  }

  tick() {
    const now = this.world.now();
    if (!this.connected) {
      const patience = this.tried > PATIENT_AFTER ? PATIENT_WAIT_MS : HELLO_WAIT_MS;
      if (now - this.helloMs >= patience) this.hello();
    } else if (!this.sender.idle && now - this.newsMs > LOST_MS) {
      this.lose();
    } else if (this.sender.idle && this.isDeaf(now)) {
      this.lose();
    } else if (this.sender.idle && now - this.newsMs > this.pingAfter()) {
      this.ask("ping", {}, () => {});
    }
    const due = this.sender.pump();
    this.timer.in(Math.min(Math.max(due, SOONEST_TICK_MS), LATEST_TICK_MS));
  }

  // Whether the daemon hears us, but we do not hear it.
  isDeaf(now) {
    return Array.from(this.questions.values()).some(({ ms }) => now - ms > DEAF_MS);
  }

  pingAfter() {
    return this.jobs.size ? PING_BUSY_MS : PING_IDLE_MS;
  }

  lose() {
    this.heard({ state: "lost" });
    const left = Array.from(this.questions.values());
    this.questions.clear();
    for (const { onEvent } of left) onEvent({ event: "lost" });
    this.tried = 0;
    this.search();
  }

  onWelcome(event) {
    if (event.event !== "welcome") return;
    const again = this.everConnected;
    this.port = this.trying;
    this.connected = this.everConnected = true;
    this.tried = 0;
    this.newsMs = this.world.now();
    this.heard({ state: "connected", welcome: event, port: this.port, again });
    if (this.jobs.size) this.ask("jobs", {}, (list) => this.onJobs(list));
  }

  // After an interruption: what became of our jobs?
  onJobs(list) {
    if (list.event !== "job_list") return;
    const known = new Map(list.jobs.map((job) => [job.id, job]));
    for (const [id, job] of this.jobs) {
      const theirs = known.get(id);
      if (!theirs) this.askAgain(id, job);
      else if (ENDS.has(theirs.state)) this.fetch(id, theirs.job);
    }
  }

  askAgain(id, job) {
    const seed = job.seed === undefined ? {} : { seed: job.seed };
    job.onEvent({ event: "again" });
    this.say({ op: job.op, id, ...job.body, ...seed });
  }

  fetch(id, name) {
    this.ask("job", { job: name }, (list) => {
      const found = list.event === "job_list" && list.jobs[0];
      const mine = this.jobs.get(id);
      if (found && found.outcome && mine) this.onJobEvent(id, mine, outcomeOf(found));
    });
  }

  // A question that is answered at once; `onEvent` gets the answer, or { event: "lost" }.
  ask(op, fields, onEvent, early = false) {
    if (!this.connected && !early) {
      onEvent({ event: "lost" });
      return;
    }
    const id = this.newId();
    this.questions.set(id, { onEvent, ms: this.world.now() });
    this.say({ op, id, ...fields });
  }

  // A job; `onEvent` gets every event about it up to the last. Gives its id.
  run(op, body, onEvent) {
    const id = this.newId();
    this.jobs.set(id, { op, body, onEvent });
    if (this.connected) this.say({ op, id, ...body });
    return id;
  }

  cancel(id) {
    const job = this.jobs.get(id);
    if (!job) return;
    job.unwanted = true;
    if (!this.connected) {
      this.jobs.delete(id);
      job.onEvent({ event: "cancelled" });
    } else if (job.job) {
      this.ask("cancel", { job: job.job }, () => {});
    } // else as soon as it is accepted
  }

  newId() {
    this.count += 1;
    return `${this.name}-${this.count}`;
  }

  say(data) {
    if (this.sender.idle) this.newsMs = this.world.now();
    this.sender.push(asciiJson(data));
    this.timer.in(SOONEST_TICK_MS);
  }

  // Every OSC message that the receiving object hands on.
  onOsc(address, args) {
    if (!this.sender) return;
    this.newsMs = this.world.now();
    if (address === "/nextbar/chunk") this.receiver.onChunk(...args);
    else if (address === "/nextbar/ack") this.sender.onAck(...args);
    else if (address === "/nextbar/restart") this.onRestart(args[0]);
  }

  // The daemon has started anew, or has forgotten us.
  onRestart(session) {
    if (!this.sender.onRestart(session) || !this.connected) return;
    this.heard({ state: "restarted" });
    this.trying = this.port;
    this.greet();
  }

  // Gives whether it was for this device.
  onMessage(text) {
    let event;
    try {
      event = JSON.parse(text);
    } catch (error) {
      return true; // no message of this protocol
    }
    const job = this.jobs.get(event.id);
    const question = this.questions.get(event.id);
    if (job) this.onJobEvent(event.id, job, event);
    else if (question) {
      this.questions.delete(event.id);
      question.onEvent(event);
    }
    return event.id === 0 || String(event.id).startsWith(this.name + "-");
  }

  onJobEvent(id, job, event) {
    if (event.event === "job_list") {
      const found = event.jobs[0];
      if (found && found.outcome && ENDS.has(found.state)) {
        this.onJobEvent(id, job, outcomeOf(found));
      }
      return;
    }
    if (event.event === "accepted") {
      Object.assign(job, { job: event.job, seed: event.seed });
      if (job.unwanted) this.ask("cancel", { job: job.job }, () => {});
    }
    if (ENDS.has(event.event)) this.jobs.delete(id);
    job.onEvent(event);
  }
}

// A job of a job_list as the event that ended it.
function outcomeOf(found) {
  return { event: found.state, job: found.job, ...found.outcome };
}

module.exports = { Connection, PROTOCOL };
