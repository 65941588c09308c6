# SPDX-License-Identifier: Apache-2.0
"""What a part has said so far, and what it foresees of the part's next note.

stream    a part as decisions: where, more, first, lower, length
views     what a decision is compared by
ppm       counts of what followed each context, as distributions
copies    what stood here some bars ago, and how often that came again
mixing    several distributions as one product
"""
