# SPDX-License-Identifier: Apache-2.0
"""The performer as an engine: a clip played by a network of players, or as another clip is played.

engine       a request on its way
playing      what is played: takes of a player, or the feel of a second clip
asked        which notes stay, which style is meant, and what can't be done is said
card         which weights ship
"""
