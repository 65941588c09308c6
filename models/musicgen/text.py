# SPDX-License-Identifier: Apache-2.0
"""Prompts to the states a network is told: the T5 encoder of the checkpoint, in float32.

An empty prompt has no states at all, as in the published model: music that nobody asked for.
States of a prompt are kept, since the same words come again with every take.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from models.musicgen.checkpoint import Tensors, read_module
from models.musicgen.conditions import Text
from models.musicgen.config import damaged

KEPT = 32  # prompts
MAX_WORDS = 256  # tokens; the published models saw far shorter texts


class TextEncoder:
    """Reads prompts.

    Args:
        model: transformers' `T5EncoderModel`.
        tokenizer: transformers' tokenizer of the checkpoint.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._kept: OrderedDict[tuple[str, ...], Text] = OrderedDict()

    @classmethod
    def read(
        cls, folder: Path, given: Mapping[str, Any], tensors: Tensors, device: str
    ) -> TextEncoder:
        """The encoder of a checkpoint.

        Raises:
            BadFile: the tokenizer or a tensor is missing or damaged.
        """
        import transformers

        with torch.device("meta"):  # nothing is drawn at random only to be replaced
            model: Any = transformers.T5EncoderModel(transformers.T5Config(**given))
        read_module(model, tensors, "text_encoder.", str, assign=True)
        model.tie_weights()
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise damaged(str(folder), "its tokenizer can't be read") from error
        return cls(model.float().eval().to(device), tokenizer)

    def __call__(self, prompts: Sequence[str]) -> Text | None:
        """States of some prompts, one row each; None where all are empty."""
        key = tuple(prompt.strip() for prompt in prompts)
        if not any(key):
            return None
        if key not in self._kept:
            self._kept[key] = self._read(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _read(self, prompts: Sequence[str]) -> Text:
        words = self._tokenizer(
            list(prompts),
            padding=True,
            truncation=True,
            max_length=MAX_WORDS,
            return_tensors="pt",
        ).to(self._model.device)
        mask = words["attention_mask"].clone()
        with torch.inference_mode():
            found = self._model(input_ids=words["input_ids"], attention_mask=mask)
        for row, prompt in enumerate(prompts):
            if not prompt:  # its end-of-text token is not a word
                mask[row] = 0
        return Text(found.last_hidden_state, mask)
