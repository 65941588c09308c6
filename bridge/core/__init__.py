# SPDX-License-Identifier: Apache-2.0
"""What the daemon does, without sockets, files or a clock of its own.

What is said:
    commands, params   the command table, and parameters that several commands share
    events     the table of events: every answer, with its fields
    messages   what passes between doors and core; what a door is

From a message to what follows from it:
    core       a message or a worker's frame in, effects out
    effects    what the core wants done; the switchboard does it
    queries    what can be answered at once
    prepare    a job checked and filled in, and its engine chosen
    again      a take's request, prepared once more
    framing    bars, tempo and metre that the client left open
    hearing    which engines can take the sounds that are given
    reach      which audio files a client may name

What lies outside, as the core sees it:
    shelf      the store of takes
    stage      whoever plays in time, and what can be chosen there
    playing    what the audio output is given of a job
"""
