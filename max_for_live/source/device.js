// SPDX-License-Identifier: Apache-2.0
// Entry of every device: what Max calls. What differs between the devices comes from the bundler:
// chosen.js with the class and the panel, and the number of outlets.
"use strict";

const { Device: NextbarDevice, panel: nextbarPanel } = require("./chosen.js");
const nextbarDevice = new NextbarDevice(require("./platform.js"), nextbarPanel);

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
