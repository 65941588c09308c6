# SPDX-License-Identifier: Apache-2.0
"""Harmonising held-out melodies: what writes the voices, and what is counted in them."""
