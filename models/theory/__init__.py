# SPDX-License-Identifier: Apache-2.0
"""Music theory as code: keys, chords, harmony, voice-leading; pure Python."""
