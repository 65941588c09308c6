# SPDX-License-Identifier: Apache-2.0
"""Continuing held-out melodies: prompts, baselines, and how near a guess comes to the truth."""
