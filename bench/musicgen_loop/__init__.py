# SPDX-License-Identifier: Apache-2.0
"""What `audio.py` is made of: shapes with random weights, the systems compared, what is timed."""
