# SPDX-License-Identifier: Apache-2.0
"""Rules: bass, chords, counter-lines, drums and four-voice harmony by theory, without a network."""

from models.engines.rules.engine import Rules

__all__ = ["Rules"]
