#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Continue a melody from a shell with liblo's tools (Debian: apt install liblo-tools).
#
#   nextbar run &
#   sh oscsend.sh [daemon's port] [a free port for the answers]
#
# oscsend takes another source port each time, so every message names the port for answers.
set -eu
port=${1:-9311}
reply=${2:-9320}

say() {
    address=$1 types=$2
    shift 2
    oscsend localhost "$port" "/nextbar/$address" "${types}si" "$@" reply_port "$reply"
}

oscdump -L "$reply" &
trap 'kill $!' EXIT
sleep 0.3

say hello i 1
say clip/new sf A 4                        # a clip called A, 4 beats long
say clip/notes siffii A 60 0 1 100 0       # pitch, start, duration, velocity, mute
say clip/notes siffii A 64 1 1 90 0
say clip/notes siffiiiffii A 67 2 1 95 0 72 3 0.5 110 0
say continue isisisi 2 bars 2 seed 7 takes 1
sleep "${3:-2}"
