// SPDX-License-Identifier: Apache-2.0
// Takes that are sound: a file with a player instead of a roll with notes.

import { Wave } from "./wave.js";

export const soundOf = (take) => take?.parts.find(({ path }) => path);

export const kindOf = (take) => (soundOf(take) ? "wav" : "mid");

export const fileOf = (take) =>
  `/v1/takes/${encodeURIComponent(take.take)}.${kindOf(take)}`;

export function summaryOfSound({ bars, seconds, tempo_bpm: tempo, found_tempo_bpm: found, licence }) {
  const heard = found && Math.abs(found - tempo) > 1 ? `, sounds like ${found} bpm` : "";
  const terms = licence ? `; licence: ${licence}` : "";
  return `${bars} ${bars === 1 ? "bar" : "bars"}, ${seconds.toFixed(2)} s at ${tempo} bpm${heard}${terms}`;
}

// The player and the waveform in place of the roll, where a take is sound.
export class SoundView {
  constructor(player, canvas, roll) {
    Object.assign(this, { player, canvas, roll, wave: new Wave(canvas, player) });
  }

  show(take) {
    const sound = soundOf(take);
    this.roll.hidden = Boolean(sound);
    this.player.hidden = this.canvas.hidden = !sound;
    if (!sound) return this.player.pause();
    if (this.player.getAttribute("src") !== fileOf(take)) this.player.src = fileOf(take);
    return this.wave.show(fileOf(take), sound.bars);
  }
}
