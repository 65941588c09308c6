// SPDX-License-Identifier: Apache-2.0
// What every device has: the view, the conversation with the daemon, and its state in words.
"use strict";

const { Bulk } = require("./bulk.js");
const { Connection } = require("./protocol.js");
const { Ports } = require("./address.js");
const { connectionWords } = require("./talk.js");
const { NoPlace } = require("./places.js");
const { View } = require("./view.js");

class Panel {
  // `changed` is called when the daemon came or went.
  constructor(world, panel, changed) {
    this.version = panel.version || "";
    this.changed = changed;
    this.engines = [];
    this.view = new View(world.toPanel);
    this.bulk = new Bulk(world.httpGet);
    const ports = new Ports();
    this.connection = new Connection(world, {
      client: `${panel.device} ${this.version}`.trim(),
      ports: (last) => ports.candidates(last),
      heard: (news) => this.onConnection(news),
    });
  }

  get connected() {
    return this.connection.connected;
  }

  start() {
    this.connection.start();
  }

  stop() {
    this.connection.stop();
  }

  onConnection(news) {
    if (news.state === "connected") {
      this.engines = news.welcome.engines;
      this.bulk.probe(news.welcome.ports.http_port);
    }
    this.view.set("connection", connectionWords(news, this.version));
    this.changed();
  }

  // Ask something that may have a long answer and changes nothing.
  inquire(query, parameters, onEvent) {
    this.bulk.get(query, parameters, (event) => {
      if (event) onEvent(event);
      else this.connection.ask(query, parameters, onEvent);
    });
  }

  // Whatever goes wrong inside is said on the panel, and the device goes on.
  guard(work) {
    try {
      work();
    } catch (error) {
      const known = error instanceof NoPlace;
      this.view.set("activity", known ? error.message : `That went wrong: ${error.message}`);
    }
  }
}

module.exports = { Panel };
