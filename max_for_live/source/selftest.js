// SPDX-License-Identifier: Apache-2.0
// Entry of the nextbar selftest: what Max calls. Outlets: to udpsend, to udpreceive, to the panel.
"use strict";

inlets = 1;
outlets = 3;

const { SelftestDevice } = require("./selftest_device.js");
const nextbarWorld = require("./platform.js");
const nextbarPanel = require("../panels/nextbar_selftest.json");

const nextbarDevice = new SelftestDevice(nextbarWorld, nextbarPanel);

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
