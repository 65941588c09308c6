# SPDX-License-Identifier: Apache-2.0
"""The clip network in torch, for training: a small decoder-only transformer, prefix or causal.

Pre-norm RMSNorm, attention with normed queries and keys (Henry et al. 2020), rotary positions on
the token index (Su et al. 2021), a squared-ReLU MLP (So et al. 2021), tied embedding, no biases.
Beside its token every position carries a few small whole numbers (bar, place in the bar, role,
bars left ...) and the set of pitches that sound; their embeddings are added to the token's.
`models.decoding` computes the same in numpy.

With `interval_reach` the logits of pitches also depend on their distance from pitches that are
known (`models.tokens.rolls`): where a pitch may come, the stream makes a small kernel for each
roll, and a pitch gains the kernel's values at its distances from the roll's pitches. Consonance and
steps of a melody are so learnt once for all pitches, as BALSTM does by tying weights over
transpositions (Johnson 2017). With `onset_reach` the same is done in time: where an onset may come,
each place in the bar gains what the stream's kernels say of its distance from the strikes of other
parts (`models.tokens.strikes`). Kernels begin as zeros: a network without them is one of these.

Shapes: B sequences, T positions, W width, H heads, D = W / H, F feature streams, V vocabulary;
K places where a pitch or an onset may come, S rolls or classes of strikes, P pitches or ticks,
J distances.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.network import (
    ADDED,
    EPSILON,
    FIRST_PITCH,
    FIRST_PLACE,
    PITCHES,
    ROLLS,
    STRIKES,
    NetworkConfig,
    shapes,
)


class Heard(NamedTuple):
    """What pitches and onsets that may come next go with; None where the network has no use for it.

    Attributes:
        due: (K,), which of the B * T inputs, counted row by row, stand where a pitch may come.
        rolls: (K, S, 128), 1 where a roll has a pitch there.
        onsets: (K,), the same for where an onset may come.
        strikes: (K, S, 168), 1 where parts of a class strike in this bar.
    """

    due: Tensor | None = None
    rolls: Tensor | None = None
    onsets: Tensor | None = None
    strikes: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences of one length, padded on the right.

    Attributes:
        tokens: (B, T + 1); every position but the last is an input, all but the first a target.
        features: (B, T + 1, F), each within its stream's size.
        sounding: (B, T + 1, 128), 1 where a pitch sounds.
        weights: (B, T + 1), what predicting each token counts; 0 for padding and the first.
        prefix: (B,), how many leading positions see each other both ways, or None where all
            sequences are causal, which is faster.
        due, rolls, onsets, strikes: as in `Heard`, where something is learned.
    """

    tokens: Tensor
    features: Tensor
    sounding: Tensor
    weights: Tensor
    prefix: Tensor | None = None
    due: Tensor | None = None
    rolls: Tensor | None = None
    onsets: Tensor | None = None
    strikes: Tensor | None = None

    @property
    def heard(self) -> Heard | None:
        """What pitches and onsets go with, or None where there is neither."""
        found = Heard(self.due, self.rolls, self.onsets, self.strikes)
        return None if all(part is None for part in found) else found

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        given = (getattr(self, field.name) for field in fields(self))
        moved = [None if t is None else t.to(device, non_blocking=True) for t in given]
        return Batch(*moved)


class Transformer(nn.Module):
    """Tokens and where they stand in, logits of the next token out."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.token = nn.Embedding(config.vocabulary, config.width)
        self.features = nn.Embedding(sum(size for _, size in config.features), config.width)
        self.sounding = nn.Embedding(PITCHES, config.width)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width, eps=EPSILON)
        if config.interval_reach:
            self.intervals = _silent(ROLLS * config.distances, config.width)
        if config.echoes:
            self.echoes = _silent(config.echoes, config.width)
        if config.onset_reach:
            self.onsets = _silent(STRIKES * config.lags, config.width)
        self._initialise()

    def _initialise(self) -> None:
        """Normal weights; what writes into the residual stream smaller with depth (GPT-2)."""
        for name, weight in self.named_parameters():
            if weight.dim() == 1 or name in ADDED:
                continue  # the norms' gains stay 1, the kernels and echoes 0
            deviation = 0.02
            if name.endswith(("out.weight", "down.weight")):
                deviation /= (2 * self.config.layers) ** 0.5
            nn.init.normal_(weight, std=deviation)

    def forward(
        self,
        tokens: Tensor,
        features: Tensor,
        sounding: Tensor,
        prefix: Tensor | None = None,
        heard: Heard | None = None,
    ) -> Tensor:
        """Logits (B, T, V) for tokens (B, T), features (B, T, F), sounding (B, T, 128).

        Where `heard` tells of nothing, there is nothing to go with.
        """
        x = self.stream(tokens, features, sounding, prefix)
        logits = functional.linear(x, self.token.weight)  # (B, T, V)
        if self.config.echoes:
            logits = self._echoed(logits, x, features[..., self.config.echo_streams])
        return logits if heard is None else self._moved(logits, x, heard)

    def _echoed(self, logits: Tensor, x: Tensor, named: Tensor) -> Tensor:
        """Logits (B, T, V) with trust added to the tokens (B, T, E) that earlier bars name."""
        trust = functional.linear(x, self.echoes.weight)  # (B, T, E)
        return logits.scatter_add(-1, named, (trust * (named > 0)).to(logits.dtype))

    @torch.compiler.disable  # a graph with sizes that depend on the data is compiled time and again
    def _moved(self, logits: Tensor, x: Tensor, heard: Heard) -> Tensor:
        """Logits (B, T, V) with what the kernels say of pitches and onsets added."""
        due, rolls, onsets, strikes = heard
        gains = []
        if self.config.interval_reach and due is not None and rolls is not None:
            gains.append((due, self._gain(x, self.intervals, due, rolls, FIRST_PITCH)))
        if self.config.onset_reach and onsets is not None and strikes is not None:
            gains.append((onsets, self._gain(x, self.onsets, onsets, strikes, FIRST_PLACE)))
        if not gains:
            return logits
        places, more = (torch.cat(parts) for parts in zip(*gains, strict=True))
        flat = logits.flatten(0, 1).index_add(0, places, more.to(logits.dtype))
        return flat.view_as(logits)

    def _gain(
        self, x: Tensor, kernels: nn.Embedding, places: Tensor, known: Tensor, first: int
    ) -> Tensor:
        """What all logits (K, V) gain at some places from kernels laid on what is known."""
        own = functional.linear(x.flatten(0, 1)[places], kernels.weight)
        more = by_distance(known, own)  # (K, P)
        return functional.pad(more, (first, self.config.vocabulary - first - more.shape[1]))

    def stream(
        self, tokens: Tensor, features: Tensor, sounding: Tensor, prefix: Tensor | None = None
    ) -> Tensor:
        """What the logits are made of: the normed stream (B, T, W) after all blocks."""
        x = self.token(tokens)  # (B, T, W)
        for index, offset in enumerate(self.config.offsets):
            x = x + self.features(features[..., index] + offset)
        x = x + sounding.to(x.dtype) @ self.sounding.weight  # (B, T, 128) @ (128, W)
        x = self.dropout(x)
        mask = None if prefix is None else prefix_mask(prefix, tokens.shape[1])
        turns = rotations(self.config, tokens.shape[1], tokens.device)
        for block in self.blocks:
            x = block(x, turns, mask)
        normed: Tensor = self.norm(x)
        return normed


class Block(nn.Module):
    """Attention, then an MLP, each added to the stream."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.attention_norm = nn.RMSNorm(width, eps=EPSILON)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.query_norm = nn.RMSNorm(config.head_width, eps=EPSILON)
        self.key_norm = nn.RMSNorm(config.head_width, eps=EPSILON)
        self.out = nn.Linear(width, width, bias=False)
        self.mlp_norm = nn.RMSNorm(width, eps=EPSILON)
        self.up = nn.Linear(width, config.hidden, bias=False)
        self.down = nn.Linear(config.hidden, width, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        """The stream (B, T, W) after this block."""
        x = x + self.dropout(self.out(self._attend(self.attention_norm(x), turns, mask)))
        hidden = functional.relu(self.up(self.mlp_norm(x))).square()  # (B, T, 4 W)
        return x + self.dropout(self.down(hidden))

    def _attend(self, x: Tensor, turns: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        split = self.qkv(x).view(batch, length, 3, self.config.heads, self.config.head_width)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        # Norms and turns in float32, also where the rest is bf16.
        query = rotate(self.query_norm(query.float()), turns).to(value.dtype)
        key = rotate(self.key_norm(key.float()), turns).to(value.dtype)
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None
        )  # (B, H, T, D)
        return mixed.transpose(1, 2).reshape(batch, length, width)


def prefix_mask(prefix: Tensor, length: int) -> Tensor:
    """(B, 1, T, T), true where row may see column: the prefix, and what came before the row."""
    place = torch.arange(length, device=prefix.device)
    causal = place[None, :] <= place[:, None]  # (T, T)
    return (causal | (place < prefix[:, None, None]))[:, None]


def rotations(
    config: NetworkConfig, length: int, device: torch.device | str
) -> tuple[Tensor, Tensor]:
    """Cosines and sines (T, D / 2) of every position's rotations."""
    half = config.head_width // 2
    steps = torch.arange(half, device=device, dtype=torch.float32) / half
    speeds = config.rope_base**-steps
    angles = torch.arange(length, device=device, dtype=torch.float32)[:, None] * speeds
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Queries or keys (B, H, T, D) turned by their positions; halves are paired, not neighbours."""
    cos, sin = turns
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)


def by_distance(rolls: Tensor, kernels: Tensor) -> Tensor:
    """Kernels (K, S * J) laid at every pitch of rolls (K, S, P), and summed: (K, P) of float32.

    The middle of a kernel is for the pitch itself, the rest of it for the roll's pitches above.
    Rolls are nearly empty, so a row of values for each pitch costs less than a convolution.
    """
    count, sources, pitches = rolls.shape
    distances = kernels.shape[1] // sources
    wide = pitches + distances - 1
    row, source, pitch = rolls.nonzero(as_tuple=True)
    laid = kernels.reshape(-1, distances)[row * sources + source].flip(1)  # (N, J)
    places = (row * wide + pitch)[:, None] + torch.arange(distances, device=rolls.device)
    flat = laid.new_zeros(count * wide, dtype=torch.float32)
    flat = flat.index_add(0, places.flatten(), laid.flatten().float())
    return flat.view(count, wide)[:, distances // 2 : distances // 2 + pitches]


def _silent(rows: int, width: int) -> nn.Embedding:
    """A table of zeros to be learned."""
    return nn.Embedding.from_pretrained(torch.zeros(rows, width), freeze=False)


def logits_of(model: nn.Module, batch: Batch) -> Tensor:
    """Logits (B, T, V) of all tokens but the first."""
    inputs = (batch.tokens[:, :-1], batch.features[:, :-1], batch.sounding[:, :-1], batch.prefix)
    heard = batch.heard
    return model(*inputs) if heard is None else model(*inputs, heard)


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Weighted sum of the next tokens' NLL in nats, and the sum of the weights."""
    logits = logits_of(model, batch)
    each = functional.cross_entropy(
        logits.flatten(0, 1).float(), batch.tokens[:, 1:].flatten(), reduction="none"
    )
    weights = batch.weights[:, 1:].flatten()
    return (each * weights).sum(), weights.sum()


def tensors(model: Transformer) -> dict[str, Tensor]:
    """The weights by name, in the order of the weight file, as float32 on the CPU."""
    state = model.state_dict()
    return {name: state[name].detach().float().cpu().contiguous() for name in shapes(model.config)}


def save(model: Transformer, path: str) -> None:
    """Write float32 weights, config included, with the safetensors library."""
    from safetensors.torch import save_file

    save_file(tensors(model), path, metadata={"config": model.config.to_json()})


def load(path: str) -> Transformer:
    """Read what `save` or `models.weights.write` wrote.

    Raises:
        BadFile: the file is damaged, or is not weights of this network.
    """
    from models import weights

    found = weights.read(path)
    model = Transformer(found.config)
    state = {name: torch.from_numpy(array.copy()) for name, array in found.arrays.items()}
    model.load_state_dict(state)
    return model
