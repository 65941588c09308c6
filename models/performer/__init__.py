# SPDX-License-Identifier: Apache-2.0
"""The performer: velocity and micro-timing for any part, drums and pitched.

columns      notes as arrays; the styles and roles there are
places       where on the grid a note is written, in any metre
features     columns → what the network reads
config, network, mixtures, stored   the network in numpy, and its weight file
ties         draws that go together as a player's do
playing      columns → offsets and velocities, as medians or drawn
reading, performing, grooves, applying   clips in, clips out: what engines call
takes, groove_midi, vienna, windows, definition, train   how it learns
"""
