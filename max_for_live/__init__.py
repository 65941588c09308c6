# SPDX-License-Identifier: Apache-2.0
"""The Max for Live devices: built ones in `devices/`, and what they are made from."""
