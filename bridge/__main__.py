# SPDX-License-Identifier: Apache-2.0
"""`python -m bridge` is `nextbar`."""

import sys

from bridge.cli import main

if __name__ == "__main__":
    sys.exit(main())
