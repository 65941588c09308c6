# SPDX-License-Identifier: Apache-2.0
"""What the daemon does, without sockets, files or a clock of its own."""
