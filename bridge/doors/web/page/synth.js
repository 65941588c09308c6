// SPDX-License-Identifier: Apache-2.0
// A tiny synthesiser: enough to hear whether a take is any good.

const AHEAD_S = 0.25; // notes are handed to the audio clock this far before they sound
const TICK_MS = 60;
const MOST_VOICES = 64;

export class Player {
  // `moved(beats or null)` follows the playing; null when it has stopped.
  constructor(moved) {
    this.moved = moved;
    this.playing = false;
  }

  async play(scene) {
    this.stop();
    this.context ??= new AudioContext();
    await this.context.resume();
    this.out = new GainNode(this.context, { gain: 0.22 });
    this.out.connect(new DynamicsCompressorNode(this.context)).connect(this.context.destination);
    this.notes = scene.notes.filter((note) => !note.mute)
      .sort((a, b) => a.start_beats - b.start_beats);
    this.secondsPerBeat = 60 / (scene.clip.tempo_bpm || 120);
    this.firstBeat = Math.min(0, this.notes[0]?.start_beats ?? 0);
    this.endBeats = scene.endBeats;
    this.began = this.context.currentTime + 0.08;
    this.next = 0;
    this.voices = 0;
    this.playing = true;
    this.timer = setInterval(() => this.feed(), TICK_MS);
    this.feed();
    this.follow();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    clearInterval(this.timer);
    this.out.disconnect(); // silences everything at once
    this.moved(null);
  }

  now() {
    return this.firstBeat + (this.context.currentTime - this.began) / this.secondsPerBeat;
  }

  feed() {
    const until = this.now() + AHEAD_S / this.secondsPerBeat;
    while (this.next < this.notes.length && this.notes[this.next].start_beats <= until) {
      this.sound(this.notes[this.next++]);
    }
    if (this.now() > this.endBeats) this.stop();
  }

  follow() {
    if (!this.playing) return;
    this.moved(Math.max(this.firstBeat, this.now()));
    requestAnimationFrame(() => this.follow());
  }

  sound(note) {
    if (this.voices >= MOST_VOICES) return;
    const at = Math.max(this.context.currentTime,
      this.began + (note.start_beats - this.firstBeat) * this.secondsPerBeat);
    const lasts = Math.max(0.05, note.duration_beats * this.secondsPerBeat);
    const loud = ((note.velocity ?? 100) / 127) ** 1.6;
    const end = note.drums ? this.drum(note.pitch, at, loud) : this.tone(note.pitch, at, lasts, loud);
    this.voices += 1;
    end.onended = () => { this.voices -= 1; };
  }

  tone(pitch, at, lasts, loud) {
    const frequency = 440 * 2 ** ((pitch - 69) / 12);
    const filter = new BiquadFilterNode(this.context, { frequency: 600 + 3200 * loud });
    const source = new OscillatorNode(this.context, { type: "triangle", frequency });
    const gain = new GainNode(this.context, { gain: 0 });
    gain.gain.linearRampToValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loud, at + 0.006);
    gain.gain.setTargetAtTime(loud * 0.45, at + 0.01, 0.18);
    gain.gain.setTargetAtTime(0, at + lasts, 0.05);
    source.connect(filter).connect(gain).connect(this.out);
    source.start(at);
    source.stop(at + lasts + 0.4);
    return source;
  }

  // General MIDI in three strokes: 35 and 36 thump, cymbals from 42 on hiss, the rest snap.
  drum(pitch, at, loud) {
    const kick = pitch <= 36;
    const lasts = kick ? 0.25 : pitch >= 42 && pitch % 2 === 0 ? 0.07 : 0.16;
    const gain = new GainNode(this.context, { gain: loud });
    gain.gain.setValueAtTime(loud, at);
    gain.gain.exponentialRampToValueAtTime(0.001, at + lasts);
    gain.connect(this.out);
    const source = kick ? new OscillatorNode(this.context, { frequency: 120 })
      : new AudioBufferSourceNode(this.context, { buffer: this.noise() });
    if (kick) {
      source.frequency.setValueAtTime(120, at);
      source.frequency.exponentialRampToValueAtTime(45, at + 0.12);
      source.connect(gain);
    } else {
      const frequency = pitch >= 42 ? 7000 : 1800;
      source.connect(new BiquadFilterNode(this.context, { type: "bandpass", frequency, Q: 0.7 }))
        .connect(gain);
    }
    source.start(at);
    source.stop(at + lasts);
    return source;
  }

  noise() {
    if (!this.hiss) {
      this.hiss = this.context.createBuffer(1, this.context.sampleRate / 2, this.context.sampleRate);
      const samples = this.hiss.getChannelData(0);
      for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1;
    }
    return this.hiss;
  }
}
