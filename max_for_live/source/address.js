// SPDX-License-Identifier: Apache-2.0
// Where the daemon may listen: its usual port, and the one in its port file when it had to move.
"use strict";

const { now, readText, devicePath, isWindows } = require("./platform.js");

const USUAL_PORT = 9311;
const PLACE_FILE = "nextbar-place.json"; // written beside the devices by `nextbar live install`

const READ_AFTER_MS = 10000; // a file that is not there may be worth a line in Max's console

class Ports {
  constructor() {
    this.announced = [];
    this.readMs = -Infinity;
  }

  // The ports to try, the likeliest first; `last` is where the daemon was, 0 for nowhere yet.
  candidates(last) {
    if (now() - this.readMs >= READ_AFTER_MS) {
      this.readMs = now();
      this.announced = portFiles().map(announcedPort).filter((port) => port > 0);
    }
    return Array.from(new Set([...this.announced, last, USUAL_PORT].filter(Boolean)));
  }
}

function announcedPort(path) {
  const facts = readJson(path);
  return facts && Number.isInteger(facts.osc_port) ? facts.osc_port : 0;
}

// Where the port file may be: as the installer said, else where the system has such files, seen
// from the home folder that the device lies in.
function portFiles() {
  const device = devicePath();
  const folder = device.slice(0, device.lastIndexOf("/") + 1);
  const place = folder ? readJson(folder + PLACE_FILE) : null;
  const home = device.match(/^(.*?:)?\/Users\/[^/]+\//);
  const usual = isWindows()
    ? "AppData/Local/Temp/nextbar/ports.json"
    : "Library/Caches/TemporaryItems/nextbar/ports.json";
  return [place && place.ports, home && home[0] + usual].filter(Boolean);
}

function readJson(path) {
  const text = readText(path);
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

module.exports = { Ports };
