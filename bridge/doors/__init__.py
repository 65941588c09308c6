# SPDX-License-Identifier: Apache-2.0
"""Ways in: each door translates between bytes and messages, and does nothing else."""
