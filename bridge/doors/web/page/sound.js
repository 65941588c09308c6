// SPDX-License-Identifier: Apache-2.0
// Takes that are sound: a file with a player instead of a roll with notes.

export const soundOf = (take) => take?.parts.find(({ path }) => path);

export const kindOf = (take) => (soundOf(take) ? "wav" : "mid");

export const fileOf = (take) =>
  `/v1/takes/${encodeURIComponent(take.take)}.${kindOf(take)}`;

export function summaryOfSound({ bars, seconds, tempo_bpm: tempo, found_tempo_bpm: found, licence }) {
  const heard = found && Math.abs(found - tempo) > 1 ? `, sounds like ${found} bpm` : "";
  const terms = licence ? `; licence: ${licence}` : "";
  return `${bars} bars, ${seconds.toFixed(2)} s at ${tempo} bpm${heard}${terms}`;
}

// Show the player with the take's file, or hide and stop it where the take is notes.
export function showSound(player, roll, take) {
  const sound = soundOf(take);
  roll.hidden = Boolean(sound);
  player.hidden = !sound;
  if (!sound) return player.pause();
  if (player.getAttribute("src") !== fileOf(take)) player.src = fileOf(take);
}
