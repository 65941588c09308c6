# SPDX-License-Identifier: Apache-2.0
"""Motif: continues, fills and varies a clip from its own notes, without a neural network."""

from models.engines.motif.engine import Motif

__all__ = ["Motif"]
