"""Attention of the denoiser: voxels to themselves, and to the one-hot target (paper eq. 3).

The softmax over one token is 1 whatever the queries and keys: what runs is W_V y.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class AttentionBlock(nn.Module):
    """Self-attention over all voxels; heads are split before q, k, v."""

    def __init__(self, channels: int, head: int) -> None:
        super().__init__()
        self.heads = max(channels // head, 1)
        self.norm = nn.GroupNorm(32, channels, eps=1e-5)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)

    def forward(self, h: Tensor) -> Tensor:
        """(B, channels, i, j, k) -> the same shape."""
        batch, channels = h.shape[:2]
        flat = h.reshape(batch, channels, -1)
        qkv = self.qkv(self.norm(flat)).reshape(batch, self.heads, 3, channels // self.heads, -1)
        # Four dimensions, channels last: with anything else torch makes the whole matrix of voxels by voxels.
        q, k, v = qkv.mT.contiguous().unbind(2)
        attended = F.scaled_dot_product_attention(q, k, v)
        out = self.proj_out(attended.mT.reshape(batch, channels, -1))
        return h + out.reshape(h.shape)


class CrossAttention(nn.Module):
    """What is left of cross-attention to one token. W_Q and W_K would receive no gradient; they are not built."""

    def __init__(self, channels: int, context: int) -> None:
        super().__init__()
        self.to_v = nn.Linear(context, channels, bias=False)
        self.to_out = nn.Linear(channels, channels)

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """h (B, channels, ...), y (B, classes) one-hot -> the same shape as h."""
        return h + self.to_out(self.to_v(y))[:, :, None, None, None]


class Transformer(nn.Module):
    """Self-attention (a choice) and cross-attention to the target."""

    def __init__(self, channels: int, classes: int, head: int, self_attention: bool) -> None:
        super().__init__()
        self.attn1 = AttentionBlock(channels, head) if self_attention else None
        self.attn2 = CrossAttention(channels, classes)

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """h (B, channels, ...), y (B, classes) one-hot -> the same shape as h."""
        return self.attn2(h if self.attn1 is None else self.attn1(h), y)


class TokenAttention(nn.Module):
    """Multi-head attention of tokens to a context, with all the weights of an ordinary one."""

    def __init__(self, channels: int, context: int, head: int) -> None:
        super().__init__()
        self.heads = max(channels // head, 1)
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(context, channels, bias=False)
        self.to_v = nn.Linear(context, channels, bias=False)
        self.to_out = nn.Linear(channels, channels)

    def forward(self, h: Tensor, context: Tensor) -> Tensor:
        """h (B, n, channels), context (B, m, c) -> (B, n, channels); (B, 1, channels) for one token."""
        value = self.to_v(context)
        if context.shape[1] == 1:
            return self.to_out(value)
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.to_q(h), self.to_k(context), value)
        )
        attended = F.scaled_dot_product_attention(q, k, v)
        return self.to_out(attended.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """GEGLU (Shazeer 2020), four times as wide."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, 8 * channels)
        self.out = nn.Linear(4 * channels, channels)

    def forward(self, h: Tensor) -> Tensor:
        """(B, n, channels) -> the same shape."""
        value, gate = self.proj(h).chunk(2, dim=-1)
        return self.out(value * F.gelu(gate))


class LatentTransformer(nn.Module):
    """The block of latent diffusion (Rombach et al. 2022): attention to the voxels and to the target, then GEGLU."""

    def __init__(self, channels: int, classes: int, head: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.proj_in = nn.Conv3d(channels, channels, 1)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(channels) for _ in range(3))
        self.attn1 = TokenAttention(channels, channels, head)
        self.attn2 = TokenAttention(channels, classes, head)
        self.ff = FeedForward(channels)
        self.proj_out = nn.Conv3d(channels, channels, 1)
        nn.init.zeros_(self.proj_out.weight)

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """h (B, channels, ...), y (B, classes) one-hot -> the same shape as h."""
        inner = self.proj_in(self.norm(h))
        tokens = inner.flatten(2).mT
        tokens = tokens + self.attn1(normal := self.norm1(tokens), normal)
        tokens = tokens + self.attn2(self.norm2(tokens), y[:, None])
        tokens = tokens + self.ff(self.norm3(tokens))
        return h + self.proj_out(tokens.mT.reshape(inner.shape))
