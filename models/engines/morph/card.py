# SPDX-License-Identifier: Apache-2.0
"""The licence and hash of the melody space's weights, known without reading them."""

WEIGHTS_SHA256 = ""  # not compared while it is empty
WEIGHTS_LICENCE = "Apache-2.0"
