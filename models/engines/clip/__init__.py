# SPDX-License-Identifier: Apache-2.0
"""The clip engine: a small transformer that continues, fills, accompanies, harmonises, varies."""
