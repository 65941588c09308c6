# SPDX-License-Identifier: Apache-2.0
"""What generated music measures: a file for each table, and what the tables share."""
