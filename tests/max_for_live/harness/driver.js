// SPDX-License-Identifier: Apache-2.0
// A Live with devices in it, driven by JSON lines on stdin; each gets one line as its answer.
// The clock of every device runs with real time, so that it can talk to a real daemon.
"use strict";

const readline = require("node:readline");
const fs = require("node:fs");
const { LiveSet } = require("./live_set.js");
const { Device } = require("./max.js");

const TICK_MS = 2;

class Driver {
  constructor() {
    this.set = null;
    this.devices = new Map();
    this.shared = {};
    this.begun = Date.now();
    this.skipped = 0; // what a test let pass at once, in ms
  }

  tick() {
    for (const device of this.devices.values()) {
      device.clock.advanceTo(1_700_000_000_000 + Date.now() - this.begun + this.skipped);
    }
  }

  open({ set }) {
    this.set = new LiveSet(set);
    const lengths = set.audio || {};
    this.set.audioBeats = (path) => lengths[path] || 0;
  }

  load({ name, track = 0, ...options }) {
    const texts = { script: fs.readFileSync(options.script, "utf8") };
    const live = this.set.song.tracks[track];
    this.devices.set(name, new Device(this.set, live, this.shared, { ...options, ...texts }));
  }

  send({ name, message }) {
    this.device(name).message(...message);
  }

  // Until what a device shows matches: { at: "activity set", pattern }.
  wait({ name, at, pattern, timeout_s }) {
    const [entry, message] = at.split(" ");
    const wanted = new RegExp(pattern);
    const shown = () => String(((this.device(name).panel[entry] || {})[message] || []).join(" "));
    return this.until(() => wanted.test(shown()), timeout_s, () => `${at} is: ${shown()}`);
  }

  // Until something holds of the whole world, given as an expression with `set` and `device`.
  waitFor({ name, expression, timeout_s }) {
    const test = new Function("set", "device", `return (${expression});`);
    const device = name ? this.device(name) : null;
    return this.until(() => test(this.set, device), timeout_s, () => `never: ${expression}`);
  }

  until(holds, timeout_s, complaint) {
    const deadline = Date.now() + timeout_s * 1000;
    return new Promise((resolve, reject) => {
      const look = () => {
        if (holds()) resolve(true);
        else if (Date.now() > deadline) reject(new Error(complaint() + this.troubles()));
        else setTimeout(look, TICK_MS);
      };
      look();
    });
  }

  troubles() {
    return Array.from(this.devices.values(), (device) =>
      [...device.errors, ...device.posts].map((line) => "\n" + line).join("")).join("");
  }

  // Something about the set or a device, or a change of them by "the musician".
  run({ name, code }) {
    const work = new Function("set", "device", "require", code);
    const result = work(this.set, name ? this.device(name) : null, require);
    this.set.settle();
    return result;
  }

  // A message, and a change right after it, before anything else can happen.
  sendThen({ name, message, code }) {
    this.send({ name, message });
    this.run({ code });
  }

  skip({ ms }) {
    this.skipped += ms;
    this.tick();
  }

  state({ name }) {
    const { panel, errors, posts, sent, player, replyPort, there, back } = this.device(name);
    return { panel, errors, posts, sent, player, replyPort, lost: there.lost + back.lost };
  }

  clips() {
    return this.set.dump();
  }

  history() {
    return this.set.history;
  }

  unload({ name }) {
    const device = this.device(name);
    device.message("gone");
    this.devices.delete(name);
    device.close();
    return device.errors;
  }

  device(name) {
    return this.devices.get(name);
  }
}

async function main() {
  const driver = new Driver();
  setInterval(() => driver.tick(), TICK_MS);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { do: verb, ...rest } = JSON.parse(line);
    let answer;
    try {
      answer = { ok: (await driver[verb](rest)) ?? null };
    } catch (error) {
      answer = { error: String(error.stack || error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  process.exit(0);
}

main();
