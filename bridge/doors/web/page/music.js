// SPDX-License-Identifier: Apache-2.0
// Clips as the page needs them: notes as objects, and what of a take is seen and heard where.

export function notesOf(data) {
  if (!data) return [];
  if (Array.isArray(data)) return data;
  return data.rows.map((row) => Object.fromEntries(row.map((value, i) => [data.fields[i], value])));
}

export function barLines(clip, endBeats) {
  const changes = [[0, ...(clip.metre ?? [4, 4])], ...(clip.metre_changes ?? [])];
  const lines = [];
  changes.forEach(([start, numerator, denominator], i) => {
    const limit = Math.min(changes[i + 1]?.[0] ?? Infinity, endBeats);
    for (let at = start; at < limit - 1e-6; at += (numerator * 4) / denominator) lines.push(at);
  });
  return lines;
}

// In what relation a command's answer stands to its source.
const AFTER = new Set(["continue"]);
const WITH = new Set(["accompany", "drumify", "generate"]);

// A picture to draw and play: {notes, clip, endBeats}; each note has its `look`.
export function sceneOf(request, parts) {
  const sources = request.clips ?? [];
  const frame = sources[0] ?? parts?.[0];
  if (!frame) return { notes: [], clip: {}, endBeats: 4 };
  if (!parts) return scene(frame, sources.map((clip) => [clip, 0, "source"]));
  const after = AFTER.has(request.command) && !request.args?.join;
  if (after) {
    const seam = frame.loop_end_beats;
    return scene(frame, [[frame, 0, "source"], [parts[0], seam, "new"]]);
  }
  if (request.command === "interpolate") return inARow(parts);
  const below = WITH.has(request.command) ? sources.map((clip) => [clip, 0, "source"]) : [];
  return scene(frame, [...below, ...parts.map((clip) => [clip, 0, ""])]);
}

function inARow(parts) {
  let at = 0;
  const layers = parts.map((clip, i) => {
    const inner = i > 0 && i < parts.length - 1;
    const layer = [clip, at - clip.loop_start_beats, inner ? "new" : "source"];
    at += clip.loop_end_beats - clip.loop_start_beats;
    return layer;
  });
  return scene(parts[0], layers);
}

function scene(clip, layers) {
  const notes = layers.flatMap(([layer, offset, look]) =>
    notesOf(layer.notes).map((note) => ({
      ...note,
      start_beats: note.start_beats + offset,
      look: look || (note.origin === "kept" ? "source" : note.origin) || "source",
      drums: layer.kind === "drums",
    })));
  const ends = layers.map(([layer, offset]) => offset + (layer.loop_end_beats ?? layer.length_beats));
  return { notes, clip, endBeats: Math.max(...ends) };
}

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
export const pitchName = (pitch) => NAMES[pitch % 12] + (Math.floor(pitch / 12) - 2);

export function summaryOf({ notes, clip, endBeats }) {
  if (!notes.length) return "No notes.";
  const pitches = notes.map((note) => note.pitch).sort((a, b) => a - b);
  const fresh = notes.filter((note) => note.look === "new").length;
  const bars = barLines(clip, endBeats).length;
  const range = `${pitchName(pitches[0])} to ${pitchName(pitches.at(-1))}`;
  const said = `${bars} ${bars === 1 ? "bar" : "bars"}, ${notes.length} notes, ${range}`;
  return fresh && fresh < notes.length ? `${said}, ${fresh} of them new` : said;
}

// A phrase to begin with: [pitch, start, duration, velocity].
export function exampleClip() {
  const rows = [
    [57, 0, 0.5, 96], [60, 0.5, 0.5, 84], [64, 1, 0.75, 100], [62, 1.75, 0.25, 72],
    [60, 2, 0.5, 88], [59, 2.5, 0.5, 78], [57, 3, 1, 92], [53, 4, 0.5, 96], [57, 4.5, 0.5, 84],
    [60, 5, 0.75, 100], [64, 5.75, 0.25, 76], [62, 6, 0.5, 90], [60, 6.5, 0.5, 80], [55, 7, 1, 94],
  ];
  const fields = ["pitch", "start_beats", "duration_beats", "velocity"];
  const scale = { root: 9, intervals: [0, 2, 3, 5, 7, 8, 10], name: "Minor" };
  return { name: "Example", length_beats: 8, loop_start_beats: 0, loop_end_beats: 8,
    metre: [4, 4], tempo_bpm: 104, scale, kind: "melodic", notes: { fields, rows } };
}
