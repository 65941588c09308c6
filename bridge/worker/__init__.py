# SPDX-License-Identifier: Apache-2.0
"""Engines run in processes of their own: they can be cancelled, killed and may crash alone."""
