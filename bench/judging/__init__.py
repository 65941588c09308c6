# SPDX-License-Identifier: Apache-2.0
"""What the clip engine's judge is shown: excerpts of held-out works, true and spoilt answers."""
