# SPDX-License-Identifier: Apache-2.0
"""The package audiocraft as an engine, in a Python environment of its own.

Its pins fit nothing else, so it is not among the engines that are always there: the settings name
its interpreter (docs/musicgen.md). With it run its own models, MusicGen-Style among them.

engine       a request on its way
package      how the package is imported where xformers is not
aside        work on a thread, so that it can be watched and stopped
"""
