# SPDX-License-Identifier: Apache-2.0
"""The licence and hash of the performer's weights, known without reading them."""

WEIGHTS_SHA256 = "d9ea3285c184814d99733bb72905a8e73f45825cbe15b4d2908d2fa6711748d4"
WEIGHTS_LICENCE = "Apache-2.0"
