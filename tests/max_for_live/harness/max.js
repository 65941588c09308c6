// SPDX-License-Identifier: Apache-2.0
// A v8 object with what a device hangs on it: the documented globals of Max and no others, tasks
// on a virtual clock, udpsend, udpreceive, a panel that knows its controls, and files in memory.
"use strict";

const dgram = require("node:dgram");
const fs = require("node:fs");
const http = require("node:http");
const vm = require("node:vm");
const { makeLiveAPI } = require("./live_api.js");
const { encode, decode, random, Faults } = require("./osc.js");

const LONGEST_SYMBOL = 32767;
const NO_NETWORK = {};

// Tasks of one device, in the order of their time.
class Clock {
  constructor() {
    this.now = 1_700_000_000_000;
    this.tasks = new Set();
  }

  advanceTo(time) {
    for (;;) {
      const due = Array.from(this.tasks).filter((task) => task.due <= time);
      if (!due.length) break;
      const next = due.reduce((a, b) => (b.due < a.due ? b : a));
      this.now = Math.max(this.now, next.due);
      this.tasks.delete(next);
      next.fire();
    }
    this.now = Math.max(this.now, time);
  }
}

class Device {
  // `options`: script, panel, port (of the daemon), faults, seed, files, path, os, inRack.
  constructor(set, track, shared, options) {
    this.set = set;
    this.options = options;
    this.clock = new Clock();
    this.panel = {}; // what each control and indicator was last told: { name: { message: atoms } }
    this.log = []; // every message to the panel
    this.sent = []; // addresses of everything sent
    this.posts = [];
    this.errors = [];
    this.player = [];
    this.requests = []; // addresses asked over HTTP
    this.answered = 0;
    this.sessions = new Set(); // names of those who spoke to it
    this.shared = shared;
    this.roll = random(options.seed || 1);
    this.host = {
      set,
      device: set.addDevice(track, options.inRack),
      ready: false,
      notifying: false,
      inNotification: (work) => this.inNotification(work),
    };
    this.openNetwork(options.faults || NO_NETWORK);
    this.run();
  }

  inNotification(work) {
    const before = this.host.notifying;
    this.host.notifying = true;
    try {
      work();
    } finally {
      this.host.notifying = before;
    }
  }

  openNetwork(faults) {
    this.sender = dgram.createSocket("udp4");
    this.sender.on("error", () => {});
    this.target = { host: "127.0.0.1", port: 9311 };
    const there = (packet) => {
      if (this.sender) this.sender.send(packet, this.target.port, this.target.host, () => {});
    };
    this.there = new Faults(faults, this.roll, there);
    this.back = new Faults(faults, this.roll, (packet) => this.arrived(packet));
  }

  run() {
    const source = this.options.script;
    this.context = vm.createContext(this.globals());
    const clockAndDice = "Date.now = () => nextbarTestNow(); Math.random = nextbarTestRandom;";
    vm.runInContext(clockAndDice, this.context);
    vm.runInContext("delete globalThis.console; delete globalThis.WebAssembly;", this.context);
    this.outside(() => vm.runInContext(source, this.context, { filename: "nextbar.js" }));
  }

  // The documented names; everything else is a ReferenceError, as in Max.
  globals() {
    return {
      inlets: 1, outlets: 1, autowatch: 0, inlet: 0, messagename: "", jsarguments: ["v8"],
      outlet: (index, ...atoms) => this.outlet(index, atoms),
      post: (...words) => this.posts.push(words.join(" ")),
      error: (...words) => this.posts.push("error: " + words.join(" ")),
      Task: this.taskClass(),
      LiveAPI: makeLiveAPI(this.host),
      File: this.fileClass(),
      Global: this.globalClass(),
      ...(this.options.http ? { XMLHttpRequest: this.requestClass() } : {}),
      patcher: { filepath: this.options.path || "" },
      max: { os: this.options.os || "macintosh", version: "900" },
      nextbarTestNow: () => this.clock.now,
      nextbarTestRandom: () => this.roll(),
    };
  }

  // Test code inside the script's own world.
  inside(code) {
    return vm.runInContext(code, this.context);
  }

  taskClass() {
    const { clock } = this;
    const outside = (work) => this.outside(work);
    const known = new Set(["schedule", "cancel", "execute", "repeat", "interval", "running",
      "arguments", "function", "object", "iterations", "freepeer", "due", "fire", "work"]);
    return class Task {
      constructor(work) {
        this.work = work;
        return new Proxy(this, {
          get: (target, name) => {
            if (typeof name === "string" && !known.has(name)) throw new Error(`Task.${name}`);
            return typeof target[name] === "function" ? target[name].bind(target) : target[name];
          },
        });
      }

      schedule(ms) {
        this.due = clock.now + Math.max(0, Number(ms) || 0);
        clock.tasks.add(this);
      }

      cancel() {
        clock.tasks.delete(this);
      }

      fire() {
        outside(() => this.work());
      }
    };
  }

  fileClass() {
    const files = this.options.files || {};
    return class File {
      constructor(path) {
        const real = files[path] === undefined ? null : files[path];
        this.text = real && real.startsWith("@") ? readReal(real.slice(1)) : real;
        this.isopen = this.text !== null;
        this.eof = this.isopen ? this.text.length : 0;
        this.position = 0;
      }

      readstring(count) {
        const piece = this.text.slice(this.position, this.position + count);
        this.position += piece.length;
        return piece;
      }

      close() {
        this.isopen = false;
      }
    };
  }

  // As much of XMLHttpRequest as Max documents; absent in a Max that lacks it.
  requestClass() {
    const device = this;
    return class XMLHttpRequest {
      open(verb, url) {
        device.requests.push(url);
        const ask = http.request(url, { method: verb }, (answer) => {
          this.status = answer.statusCode;
          this.responseText = "";
          answer.setEncoding("utf8");
          answer.on("data", (text) => (this.responseText += text));
          answer.on("end", () => {
            device.outside(() => this.onload());
            device.answered += 1;
          });
        });
        ask.on("error", () => device.outside(() => this.onerror()));
        this.ask = ask;
      }

      send() {
        this.ask.end();
      }
    };
  }

  globalClass() {
    const { shared } = this;
    return function Global(name) {
      shared[name] = shared[name] || {};
      return shared[name];
    };
  }

  // One message into the left inlet.
  message(selector, ...atoms) {
    this.context.messagename = selector;
    const handler = this.context[selector];
    if (selector === "start") this.host.ready = true;
    this.outside(() => {
      if (typeof handler === "function") handler(...atoms);
      else this.context.anything(...atoms);
    });
  }

  // What a script does in one go; what it wrote can be read afterwards.
  outside(work) {
    try {
      work();
    } catch (error) {
      this.errors.push(String(error.stack || error));
    }
    this.set.settle();
  }

  outlet(index, given) {
    const atoms = given.length === 1 && Array.isArray(given[0]) ? Array.from(given[0]) : given;
    if (!(index < this.context.outlets)) throw new Error(`there is no outlet ${index}`);
    for (const atom of atoms) checkAtom(atom);
    if (typeof atoms[0] !== "string") throw new Error("a message begins with its name");
    [this.toSend, this.toReceive, this.toPanel, this.toPlayer][index].call(this, atoms);
  }

  toSend([name, ...atoms]) {
    if (name === "port" || name === "host") {
      this.target[name] = name === "port" ? this.options.ports?.[atoms[0]] || atoms[0] : atoms[0];
      return;
    }
    if (!name.startsWith("/nextbar/")) throw new Error(`udpsend gets ${name}`);
    this.sent.push(name);
    this.there.send(encode(name, atoms));
  }

  toReceive([name, port]) {
    if (name !== "port") throw new Error(`udpreceive gets ${name}`);
    if (this.receiver) this.receiver.close();
    this.receiver = dgram.createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
    this.receiver.on("error", () => {});
    this.receiver.on("message", (packet) => this.back.send(packet));
    this.replyPort = port;
    if (this.options.occupied) {
      this.options.occupied -= 1; // another program has the port: nothing ever arrives
      return;
    }
    this.receiver.bind(port, "127.0.0.1");
  }

  arrived(packet) {
    if (!this.receiver) return;
    const { address, atoms } = decode(packet);
    if (address === "/nextbar/chunk") this.sessions.add(atoms[0]);
    this.message(address, ...atoms);
  }

  toPanel([name, message, ...atoms]) {
    const panel = this.options.panel;
    const entry = [...panel.controls, ...panel.indicators].find((found) => found.name === name);
    if (!entry) throw new Error(`the panel has no ${name}`);
    if (!(MESSAGES[entry.kind] || []).includes(message)) {
      throw new Error(`${entry.kind} ${name} knows no ${message}`);
    }
    this.log.push([name, message, ...atoms]);
    this.panel[name] = this.panel[name] || {};
    if (message === "note") (this.panel[name].notes = this.panel[name].notes || []).push(atoms);
    else if (message === "clear") this.panel[name] = { clear: [] };
    else this.panel[name][message] = atoms;
  }

  toPlayer(atoms) {
    this.player.push(atoms);
  }

  close() {
    if (this.receiver) this.receiver.close();
    this.sender.close();
    this.receiver = this.sender = null;
  }
}

// What the objects of a panel understand.
const MESSAGES = {
  button: ["text", "active"],
  toggle: ["set", "text", "active"],
  tab: ["set", "active"],
  menu: ["set", "active"],
  number: ["set", "active"],
  dial: ["set", "active"],
  "text field": ["set", "active"],
  "text line": ["set"],
  list: ["set"],
  bar: ["set"],
  roll: ["clear", "frame", "note"],
};

function checkAtom(atom) {
  if (typeof atom === "number" && Number.isFinite(atom)) return;
  if (typeof atom === "string" && atom.length <= LONGEST_SYMBOL) return;
  throw new Error(`${JSON.stringify(atom)} is no atom`);
}

function readReal(path) {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    return null;
  }
}

module.exports = { Device };
