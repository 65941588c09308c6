# SPDX-License-Identifier: Apache-2.0
"""One thread for the libraries that compute: more slow a small network down on a busy machine.

Decoding reads every weight once a token, which one core does as fast as memory allows; a second
thread that waits for a core taken by the DAW makes each step slower, not faster.
"""

from __future__ import annotations

from collections.abc import MutableMapping

# OpenBLAS and OpenMP (numpy on Linux and Windows, torch), MKL, Accelerate (numpy on macOS).
COUNTS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def ask_for_one_thread(environ: MutableMapping[str, str]) -> None:
    """Ask for one thread, and for threads that sleep while they wait, where nothing is set yet.

    The libraries read this when they are first imported, so call it before that, with
    `os.environ`.
    """
    for name in COUNTS:
        environ.setdefault(name, "1")
    environ.setdefault("OMP_WAIT_POLICY", "passive")
