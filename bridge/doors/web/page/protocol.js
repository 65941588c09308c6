// SPDX-License-Identifier: Apache-2.0
// The WebSocket: requests with ids, their events, and coming back after a loss.

const UNDER_WAY = new Set(["accepted", "progress", "partial", "audio", "playing"]);
const ENDS = new Set(["done", "failed", "cancelled", "superseded"]);
const REPLACED = 4001; // another tab has our name: a duplicated tab copies it
const SLOWEST_RETRY_MS = 5000;

export class Connection {
  // `heard` is called with true when the daemon is there and with false when it is gone.
  constructor(heard) {
    this.heard = heard;
    this.name = sessionStorage.getItem("client") || this.newName();
    this.pending = new Map(); // request id -> {resolve, onEvent, job}
    this.count = 0;
    this.retryMs = 250;
    this.open();
  }

  newName() {
    const name = "page-" + crypto.getRandomValues(new Uint32Array(2)).join("-");
    sessionStorage.setItem("client", name);
    return name;
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const token = new URLSearchParams(location.search).get("token");
    const query = new URLSearchParams({ client: this.name, ...(token && { token }) });
    this.socket = new WebSocket(`${scheme}://${location.host}/v1/socket?${query}`);
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.take(JSON.parse(data)); // samples: the file is played instead
    };
    this.socket.onopen = () => this.opened();
    this.socket.onclose = (event) => this.closed(event.code);
  }

  opened() {
    this.retryMs = 250;
    const lost = [...this.pending]; // before `heard` asks for more
    this.heard(true);
    for (const [id, request] of lost) this.ask(id, request);
  }

  closed(code) {
    if (code === REPLACED) this.newName();
    this.heard(false);
    setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, SLOWEST_RETRY_MS);
  }

  // What became of a request that was under way when the connection broke?
  async ask(id, { job }) {
    if (!job) return this.finish(id, { event: "failed", message: "The connection was lost." });
    const answer = await this.request("job", { job });
    const found = answer.jobs?.[0];
    if (!found) this.finish(id, { event: "failed", message: answer.message });
    else if (ENDS.has(found.state)) this.finish(id, { event: found.state, ...found.outcome });
  }

  take(event) {
    const request = this.pending.get(event.id);
    if (!request) return;
    if (event.event === "accepted") request.job = event.job;
    if (UNDER_WAY.has(event.event)) request.onEvent?.(event);
    else this.finish(event.id, event);
  }

  finish(id, event) {
    this.pending.get(id)?.resolve(event);
    this.pending.delete(id);
  }

  // Resolves with the event that ends the request; never rejects.
  request(op, body = {}, onEvent = null) {
    if (this.socket.readyState !== WebSocket.OPEN) {
      return Promise.resolve({ event: "failed", message: "nextbar is not there." });
    }
    const id = `${this.name}-${Date.now()}-${++this.count}`;
    return new Promise((resolve) => {
      this.pending.set(id, { resolve, onEvent, job: "" });
      this.socket.send(JSON.stringify({ ...body, op, id }));
    });
  }
}
