// SPDX-License-Identifier: Apache-2.0
// The sentences about the daemon and about a job that every device shows. Pure.
"use strict";

const { PROTOCOL } = require("./protocol.js");

const PATIENCE = 2; // hellos without an answer before we say that nobody is there

function connectionWords(news, version) {
  if (news.state === "connected") return welcomeWords(news, version);
  if (news.state === "restarted") return "nextbar was restarted: asking again.";
  if (news.state === "lost") return "nextbar does not answer: looking for it.";
  if (news.tried > PATIENCE) {
    return news.again
      ? "nextbar has stopped. Start it: nextbar run"
      : "nextbar is not running. Start it: nextbar run";
  }
  return "Looking for nextbar …";
}

function welcomeWords({ welcome, port, again }, version) {
  if (welcome.protocol > PROTOCOL) {
    const theirs = `nextbar ${welcome.version} is newer than this device (${version})`;
    return `${theirs}: run nextbar live install.`;
  }
  if (welcome.protocol < PROTOCOL) {
    return `nextbar ${welcome.version} is older than this device (${version}): update nextbar.`;
  }
  const moved = port === 9311 ? "" : ` on port ${port}`;
  return `${again ? "Connected again" : "Connected"}: nextbar ${welcome.version}${moved}`;
}

const STAGES = new Map([
  ["loading", "Loading the engine"],
  ["generating", "Writing"],
  ["queued", "Waiting"],
]);

// What a job is doing; "" for an event that changes nothing to be said.
function activityWords(event) {
  switch (event.event) {
    case "accepted":
      return event.position > 0 ? `Waiting: ${event.position} before it` : "Starting";
    case "progress": {
      const stage = STAGES.get(event.stage) || capital(event.stage);
      const notes = event.notes ? `, ${event.notes} notes` : "";
      return `${stage}: ${Math.round(event.fraction * 100)} %${notes}`;
    }
    case "playing":
      return playingWords(event);
    case "again":
      return "Asking again";
    case "cancelled":
      return "Stopped.";
    case "superseded":
      return "A newer request took its place.";
    case "failed":
    case "error":
      return event.message;
    default:
      return "";
  }
}

// What the daemon's own audio output does.
function playingWords({ state, wait_s }) {
  if (state === "started") return "Playing on nextbar's audio output";
  if (state === "waiting" && wait_s > 0) return `Heard in about ${Math.ceil(wait_s)} s`;
  return "";
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function doneWords(done) {
  const total = ["load_ms", "queue_ms", "infer_ms"]
    .map((name) => Number(done.stats[name]) || 0)
    .reduce((sum, ms) => sum + ms, 0);
  const time = total ? ` in ${(total / 1000).toFixed(1)} s` : "";
  return `${done.engine}${time}`;
}

module.exports = { connectionWords, activityWords, doneWords };
