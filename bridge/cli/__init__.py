# SPDX-License-Identifier: Apache-2.0
"""The command line: the command table on files, and everything that runs and inspects the daemon.

    parser    from words to a verb; help; exit codes
    verb      what a verb is
    jobs      one verb for each job of the command table
    ...       one module for each other group of verbs

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
