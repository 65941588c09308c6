# SPDX-License-Identifier: Apache-2.0
"""How good the clip network is: tables and pictures for `docs/quality-clip-model.md`.

    python bench/quality.py likelihood CORPUS WEIGHTS -o OUT   what it foresees of real music
    python bench/quality.py generation ...                     what the music it writes measures

Each half is a folder beside this file, whose `run.py` has `add_arguments(parser)` and
`run(options) -> int`.
`python bench/quality.py HALF --help` lists its options.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

HALVES = ("likelihood", "generation")


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in HALVES:
        sys.stdout.write(__doc__ or "")
        return 0 if given[:1] in (["-h"], ["--help"]) else 2
    module = importlib.import_module(f"{given[0]}.run")
    parser = argparse.ArgumentParser(prog=f"quality.py {given[0]}", description=module.__doc__)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(given[1:])))


if __name__ == "__main__":
    sys.exit(main())
