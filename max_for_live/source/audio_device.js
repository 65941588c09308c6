// SPDX-License-Identifier: Apache-2.0
// Entry of the nextbar audio device: what Max calls. Outlets: to udpsend, to udpreceive, to the
// panel, to the preview player.
"use strict";

inlets = 1;
outlets = 4;

const { SoundDevice } = require("./sound_device.js");
const nextbarWorld = require("./platform.js");
const nextbarPanel = require("../panels/nextbar_audio.json");

const nextbarDevice = new SoundDevice(nextbarWorld, nextbarPanel);

function start() {
  nextbarDevice.start();
}

function control(name, ...atoms) {
  nextbarDevice.control(name, atoms);
}

function press(name) {
  nextbarDevice.press(name);
}

function gone() {
  nextbarDevice.gone();
}

function notifydeleted() {
  nextbarDevice.gone();
}

// Everything that arrives by OSC.
function anything(...atoms) {
  nextbarDevice.osc(messagename, atoms);
}
