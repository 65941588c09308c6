# SPDX-License-Identifier: Apache-2.0
"""How likely the clip network finds held-out music: a file for each table, and the baselines."""
