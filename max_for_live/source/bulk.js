// SPDX-License-Identifier: Apache-2.0
// Whole answers over HTTP, where this Max can do that: it is tried once on each daemon. Everything
// goes by OSC otherwise, so a failure here costs nothing but time.
"use strict";

class Bulk {
  // `request(url, done)` is platform.js's: done(status, text), status 0 where it failed.
  constructor(request) {
    this.request = request;
    this.port = 0; // of a daemon that has answered
  }

  // A daemon with this HTTP port was found.
  probe(port) {
    this.port = 0;
    if (!port) return;
    this.request(`http://127.0.0.1:${port}/health`, (status) => {
      if (status === 200) this.port = port;
    });
  }

  // The answer to a query that changes nothing, or null when it could not be had this way.
  get(query, parameters, done) {
    if (!this.port) {
      done(null);
      return;
    }
    const pairs = Object.entries(parameters).map((pair) => pair.map(encodeURIComponent).join("="));
    this.request(`http://127.0.0.1:${this.port}/v1/${query}?${pairs.join("&")}`, (status, text) => {
      if (status !== 200) this.port = 0;
      done(status === 200 ? parsed(text) : null);
    });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

module.exports = { Bulk };
