# SPDX-License-Identifier: Apache-2.0
"""The licence and hash of the melody space's weights, known without reading them."""

WEIGHTS_SHA256 = "c93a280622e1fcc079d9fbb9e5bcfe55253444eeba7c07c80eb3f2bcf98410c2"
WEIGHTS_LICENCE = "Apache-2.0"
