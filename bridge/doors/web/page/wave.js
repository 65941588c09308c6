// SPDX-License-Identifier: Apache-2.0
// The waveform of a take that is sound: its peaks over its bars, and a playhead that a click moves.

import { redrawn, sheet } from "./canvas.js";

const COLUMNS = 1200;

export class Wave {
  constructor(canvas, player) {
    this.canvas = canvas;
    this.player = player;
    this.file = "";
    this.peaks = [];
    this.bars = 1;
    redrawn(canvas, () => this.draw());
    player.addEventListener("timeupdate", () => this.draw());
    canvas.addEventListener("click", ({ offsetX }) => {
      if (player.duration) player.currentTime = (player.duration * offsetX) / canvas.clientWidth;
    });
  }

  // Show a file of so many bars; its peaks follow when it has come.
  async show(file, bars) {
    if (file === this.file) return;
    Object.assign(this, { file, bars, peaks: [] });
    this.draw();
    const answer = await fetch(file);
    if (!answer.ok) return;
    const reader = new OfflineAudioContext(1, 1, 44100);
    const sound = await reader.decodeAudioData(await answer.arrayBuffer());
    if (file !== this.file) return; // another take is shown by now
    this.peaks = peaksOf(sound);
    this.draw();
  }

  draw() {
    const blank = sheet(this.canvas);
    if (!blank) return;
    const { pen, width, height, colour } = blank;
    this.drawBars(pen, width, height, colour);
    pen.fillStyle = colour("note-new");
    this.peaks.forEach(([low, high], i) => {
      const left = (i * width) / this.peaks.length;
      const top = ((1 - high) * height) / 2;
      pen.fillRect(left, top, width / this.peaks.length, Math.max(1, ((high - low) * height) / 2));
    });
    pen.fillStyle = colour("head");
    const { currentTime, duration } = this.player;
    if (currentTime) pen.fillRect((currentTime / duration) * width, 0, 2, height);
  }

  drawBars(pen, width, height, colour) {
    const every = Math.ceil((this.bars * 26) / width);
    pen.font = "11px system-ui, sans-serif";
    for (let bar = 0; bar < this.bars; bar += every) {
      const left = Math.round((bar / this.bars) * width);
      pen.fillStyle = colour("bar");
      pen.fillRect(left, 0, 1, height);
      pen.fillStyle = colour("quiet");
      pen.fillText(bar + 1, left + 4, 12);
    }
  }
}

// The lowest and the highest sample of all channels, column by column.
function peaksOf(sound) {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
  return Array.from({ length: Math.min(COLUMNS, sound.length) }, (_, column) => {
    const from = Math.floor((column * sound.length) / COLUMNS);
    const to = Math.max(from + 1, Math.floor(((column + 1) * sound.length) / COLUMNS));
    let [low, high] = [0, 0];
    for (const samples of channels) {
      for (let at = from; at < to; at++) {
        low = Math.min(low, samples[at]);
        high = Math.max(high, samples[at]);
      }
    }
    return [low, high];
  });
}
