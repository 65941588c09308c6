# SPDX-License-Identifier: Apache-2.0
"""Takes: every result, kept before it is delivered, and found again."""

from bridge.takes.store import TakeStore
from bridge.takes.take import Keepsake, Take, TakeSummary

__all__ = ["Keepsake", "Take", "TakeStore", "TakeSummary"]
