# SPDX-License-Identifier: Apache-2.0
"""The loops that are compared: ours, transformers' own, and that with a static cache compiled."""

import time

from musicgen_loop.shapes import words

LEAD = 8  # steps before those that are counted, with all that a beginning costs


def clock(device):
    """Seconds: of the wall where a GPU computes, of the processor where it does.

    The processor's own time is fair on a machine that has other things to do.
    """
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time() if device == "cpu" else time.perf_counter()


class Ours:
    """Our loop: a step is a method call, or a graph."""

    name = "nextbar"

    def __init__(self, shape, device, graphs=None):
        self._model, self._device = shape.ours, device
        if graphs is not None:
            self._model.stepper.graphs = graphs

    def begin(self, takes, frames, seed=0):
        """A piece and its steps."""
        from models.musicgen.model import Ask
        from models.musicgen.sampling import Sampling

        seeds = tuple(range(seed, seed + takes))
        return self._model.begin(Ask(("x",) * takes, frames, seeds, Sampling()))

    def seconds(self, steps, takes=1):
        """Seconds of so many steps behind the first ones."""
        _, run = self.begin(takes, LEAD + steps)
        for _ in range(LEAD):
            next(run)
        began = clock(self._device)
        for _ in range(steps):
            next(run)
        return clock(self._device) - began


class Eager:
    """`generate` of transformers as it is; its first steps and the text are not counted."""

    name = "transformers eager"

    def __init__(self, shape, device):
        self._model, self._device = shape.theirs, device

    def seconds(self, steps, takes=1):
        """Seconds by which a generation of so many steps more takes longer."""
        short = self._run(LEAD, takes)
        return self._run(LEAD + steps, takes) - short

    def _run(self, steps, takes):
        inputs = words(self._model, takes)
        began = clock(self._device)
        self._model.generate(**inputs, max_new_tokens=steps, do_sample=True, guidance_scale=3.0)
        return clock(self._device) - began


class Compiled:
    """transformers' decoder with a static cache, compiled into graphs; sampling outside them.

    On CUDA its position embedding adds a CPU tensor to the cache's length on the device, which
    can't be traced; the positions are given to it here as a tensor on the device.
    """

    name = "transformers static, compiled"

    def __init__(self, shape, device, slots=1536):
        import torch
        from transformers import DynamicCache, EncoderDecoderCache, StaticCache

        self._model, self._device, self._slots = shape.theirs, device, slots
        self._caches = EncoderDecoderCache, StaticCache, DynamicCache
        self._place = torch.zeros(1, dtype=torch.long, device=self._model.device)
        embedding = self._model.decoder.model.decoder.embed_positions
        embedding.forward = lambda ids, past=0: embedding.weights.index_select(0, self._place)
        mode = "reduce-overhead" if device == "cuda" else "default"
        self._step = torch.compile(self._model.decoder.forward, mode=mode, fullgraph=False)

    def seconds(self, steps, takes=1):
        """Seconds of so many steps behind the first ones; the first run compiles."""
        import torch

        with torch.inference_mode():
            return self._run(steps, takes)

    def _run(self, steps, takes):
        import torch

        model = self._model
        inputs = words(model, takes)
        both, static, dynamic = self._caches
        config = model.decoder.config
        cache = both(static(config=config, max_cache_len=self._slots), dynamic(config=config))
        heard = model.text_encoder(**inputs).last_hidden_state
        if hasattr(model, "enc_to_dec_proj"):
            heard = model.enc_to_dec_proj(heard)
        heard = torch.cat([heard, torch.zeros_like(heard)])
        books, vocabulary = config.num_codebooks, config.vocab_size
        ids = torch.full((2 * takes * books, 1), vocabulary, device=model.device)
        for number in range(LEAD + steps):
            if number == LEAD:
                began = clock(self._device)
            self._place.fill_(number)
            found = self._step(
                input_ids=ids, encoder_hidden_states=heard, past_key_values=cache, use_cache=True
            )
            told, untold = found.logits[:, -1].view(2, takes * books, -1)
            chances = (untold + 3 * (told - untold)).float()
            least = chances.topk(250, dim=-1).values[:, -1:]
            chances = chances.masked_fill(chances < least, -torch.inf).softmax(-1)
            ids = torch.multinomial(chances, 1).repeat(2, 1)
        return clock(self._device) - began
