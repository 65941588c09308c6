# SPDX-License-Identifier: Apache-2.0
"""The MIDI door: the bridge as a player on the wire.

The ports live in a process of their own, so that nothing the daemon does can make a note late,
and so that the notes end also when the daemon does. Nothing of this is imported, and no port is
opened, unless MIDI is turned on.

What time it is:
    timeline   beats <-> seconds, and where the bar lines are
    follower   MIDI clock from outside
    own_clock  a clock of our own, and Link
    conductor  who is the clock

What is played, and what answers it:
    messages   names for MIDI's bytes
    recorder   what is played, note by note
    phrase     when a phrase is over, and the clips it makes
    steering   what the player has chosen, by control change or from another door
    asking     the requests that a phrase and a choice make
    bars       answers cut into bars, and the bars ahead of the playhead
    band       what plays in each bar, in each mode
    schedule   notes on their way out
    session    all of these together: MIDI and events in, MIDI and requests out
    facts      what is told of it on the other doors
    playback   a song, from a file or a take, at its own tempo

The process:
    ports, jack_ports, rtmidi_ports   the ports themselves
    setup      the daemon's settings as what all this is built from
    stage      the process: ports, session and the line to the daemon
    door       the daemon's end of that line

docs/midi.md says for players what it does.
"""
