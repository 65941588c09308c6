# SPDX-License-Identifier: Apache-2.0
"""From panels and scripts to devices. Standard library only, and nothing of nextbar itself.

    device      from the files of `max_for_live/` to the bytes of its devices

The patch:
    wiring      a whole patch: controls and indicators, script, cords
    controls, indicators   the box of a control; what a panel shows besides
    patch       boxes and cords, checked as they are added
    objects     the Max objects that may be used, with their ports
    theme       colours and type

The file:
    bundle      one script out of several modules
    patcher     the patch as Max saves it, and what Live must know
    container   the `.amxd` file, frozen

The picture:
    picture     a device drawn from its own patcher; words that don't fit
    canvas, lettering   a drawing in SVG; how wide text is
"""
