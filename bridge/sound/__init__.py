# SPDX-License-Identifier: Apache-2.0
"""Sound on a device while it is made: a player in a process of its own, and how it is fed.

playback        pure: what to play when, from samples that arrive in their own time
grid            pure: on which frame the next bar begins
transport       pure: where the bar of somebody else's transport stands
devices         JACK and PortAudio, each as a callback that wants so many frames
player          the process: reads frames, plays, says what it does
speaker         the same player for programs without an event loop
output          the daemon's side of it
"""
