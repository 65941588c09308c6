# SPDX-License-Identifier: Apache-2.0
"""What morphs of melodies are measured by: held-out pairs, paths between them, and their cost."""
