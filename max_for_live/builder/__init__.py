# SPDX-License-Identifier: Apache-2.0
"""From panels and scripts to devices. Standard library only, and nothing of nextbar itself."""
