# SPDX-License-Identifier: Apache-2.0
"""Songs to and from the types of other music libraries, which are imported when asked for."""
