// SPDX-License-Identifier: Apache-2.0
// What the script needs of Max apart from Live: messages out, a clock, tasks, files, and the
// numbers that the devices in one set share.
"use strict";

const TO_DAEMON = 0;
const TO_RECEIVER = 1;
const TO_PANEL = 2;
const TO_PLAYER = 3;
const REPLY_PORTS = [49200, 61000]; // where nobody else is likely to listen

// Max takes a message as one list.
function toDaemon(address, ...atoms) {
  outlet(TO_DAEMON, [address, ...atoms]);
}

function toReceiver(...atoms) {
  outlet(TO_RECEIVER, atoms);
}

function toPanel(name, ...atoms) {
  outlet(TO_PANEL, [name, ...atoms]);
}

function toPlayer(...atoms) {
  outlet(TO_PLAYER, atoms);
}

function now() {
  return Date.now();
}

// Runs `work` once, `ms` from now, outside of whatever notification runs at present. A second
// call before that moves the time.
class Later {
  constructor(work) {
    this.task = new Task(work);
  }

  in(ms) {
    this.task.cancel();
    this.task.schedule(ms);
  }

  stop() {
    this.task.cancel();
  }
}

// A name that is not used again: the time and eight random hexadecimal digits behind a letter,
// so that it is text for every program and never a number.
function newName() {
  let name = "d" + now().toString(16);
  for (let i = 0; i < 8; i++) name += Math.floor(Math.random() * 16).toString(16);
  return name;
}

// A port that no other device in this Live has.
function claimPort(owner) {
  const shared = new Global("nextbar_reply_ports");
  const [low, high] = REPLY_PORTS;
  for (;;) {
    const port = low + Math.floor(Math.random() * (high - low));
    if (shared["p" + port]) continue;
    shared["p" + port] = owner;
    return port;
  }
}

function releasePort(port) {
  const shared = new Global("nextbar_reply_ports");
  shared["p" + port] = 0;
}

// A file's text, null when it can't be read.
function readText(path) {
  const file = new File(path, "read");
  if (!file.isopen) return null;
  let text = "";
  while (file.position < file.eof) {
    const piece = file.readstring(4096);
    if (!piece) break;
    text += piece;
  }
  file.close();
  return text;
}

// The device's own path, with / as Max writes it; "" before it is saved.
function devicePath() {
  return String(patcher.filepath || "");
}

// Gets an address over HTTP: done(status, text), with status 0 where this Max can't or it failed.
function httpGet(url, done) {
  if (typeof XMLHttpRequest === "undefined") {
    done(0, "");
    return;
  }
  const request = new XMLHttpRequest();
  request.onload = () => done(Number(request.status), String(request.responseText));
  request.onerror = () => done(0, "");
  request.open("GET", url);
  request.send();
}

function maxFacts() {
  return { max: String(max.version), os: String(max.os), http: typeof XMLHttpRequest };
}

function isWindows() {
  return String(max.os).startsWith("win");
}

module.exports = {
  toDaemon, toReceiver, toPanel, toPlayer, now, Later, newName, claimPort, releasePort,
  readText, devicePath, isWindows, httpGet, maxFacts,
};
