# SPDX-License-Identifier: Apache-2.0
"""The engines, one module or folder each; `models.registry` lists them."""
