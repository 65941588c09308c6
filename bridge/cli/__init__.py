# SPDX-License-Identifier: Apache-2.0
"""The command line: the command table on files, and everything that runs and inspects the daemon.

From words to a verb:
    verb             what a verb is
    parser           finds the verb; help; exit codes
    output, progress   lines, tables, JSON and errors; a bar for those who wait

The jobs of the command table:
    jobs             one verb for each job, with a flag for each parameter
    sources          MIDI files as inputs, and which of their tracks are meant
    questions        which clips are asked about, and the songs after it
    answer, audio    runs a job on files: notes, and sound
    outputs          names of output files, and writing them whole
    keeping          what was made, kept among the takes
    drawing, waves   clips and sounds, drawn in the terminal or into a file

All other verbs:
    demo             the first thing to try
    show, play       a MIDI file seen; a file or take played
    takes            what was made before
    engines, fetching   which engines and drum spaces there are; models downloaded
    training         a network of one's own
    run, settings    starts the daemon; shows its settings
    health           checks of the installation; starts with the user's session
    live             the devices into Live's library, and checks of them
    midi, midi_ports   sees, tries and steers MIDI; the ports that verbs open
    devices          where sound can be played
    osc              speaks OSC by hand

This file stays light, so that `nextbar --version` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage, 3 already running, 130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        from bridge import __version__

        print(f"nextbar {__version__}")
        return 0
    from bridge.cli.parser import report_fault, run_words

    try:
        return run_words(words)
    except Exception as error:  # the border of the command line: a user never meets a traceback
        return report_fault(words, error)
