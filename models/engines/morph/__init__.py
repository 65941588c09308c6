# SPDX-License-Identifier: Apache-2.0
"""Morphs from clip to clip.

language     a morph that the clip network writes: bars rewritten, more and more unlike
"""
