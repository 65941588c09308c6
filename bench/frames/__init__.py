# SPDX-License-Identifier: Apache-2.0
"""Chorales as chords in equal steps of time, as the literature models them."""
