"""Codes that follow the latents they stand for instead of a gradient (van den Oord 2017, appendix A.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.networks.vqgan import Codebook
from training.launch import Machine

_ALIVE, _REVIVED = 1e-3, 2e-3
"""Running count under which a code is dead, and that of one just revived."""


class CodebookAverage(nn.Module):
    """Moves each code to the running mean of the latents it stands for, and revives codes that nobody uses.

    What the batches of a step show is gathered first and counts at its end, from all processes at once: every process
    moves its codes alike, and as one process would that saw all the batches.
    """

    count: Tensor
    total: Tensor

    def __init__(self, codebook: Codebook, decay: float = 0.98) -> None:
        super().__init__()
        self.codebook, self.decay = [codebook], decay  # in a list: not a submodule a second time
        weight = codebook.embedding.weight
        self.register_buffer("count", torch.zeros(len(weight)))
        self.register_buffer("total", weight.detach().clone() * 0)
        self.shown: list[tuple[Tensor, Tensor, Tensor]] = []

    @torch.no_grad()
    def observe(self, z: Tensor, index: Tensor) -> None:
        """z (B, latent, i, j, k) of a batch and the codes (B, groups, i, j, k) that it was given."""
        width = self.total.shape[1]
        flat = z.detach().float().unflatten(1, (-1, width)).movedim(2, -1).reshape(-1, width)
        used = index.reshape(-1)
        count = torch.zeros_like(self.count).index_add_(0, used, torch.ones_like(flat[:, 0]))
        total = torch.zeros_like(self.total).index_add_(0, used, flat)
        some = torch.randperm(len(flat), device=flat.device)[: len(flat) // 16]
        self.shown.append((count, total, flat[some]))

    @torch.no_grad()
    def settle(self, machine: Machine, move: bool = True) -> None:
        """Let the step's batches count; without `move` codes in use stay for the gradient to move."""
        if not self.shown:
            return
        counts, totals, some = zip(*self.shown, strict=True)
        self.shown = []
        count, total = torch.stack(counts).sum(0), torch.stack(totals).sum(0)
        machine.sum([count, total])
        self.count.mul_(self.decay).add_(count, alpha=1 - self.decay)
        self.total.mul_(self.decay).add_(total, alpha=1 - self.decay)
        self._place(machine.gathered(torch.cat(some)), move)

    def _place(self, candidates: Tensor, move: bool) -> None:
        """Codes in use to their means, dead ones onto some of the candidates (n, width)."""
        weight = self.codebook[0].embedding.weight
        alive = self.count > _ALIVE
        if move:
            weight[alive] = self.total[alive] / self.count[alive, None]
        dead = (~alive).nonzero()[:, 0][: len(candidates)]
        chosen = candidates[torch.linspace(0, max(len(candidates) - 1, 0), len(dead)).long().to(dead.device)]
        weight[dead] = chosen
        self.count[dead] = _REVIVED
        self.total[dead] = chosen * _REVIVED

    def in_use(self) -> float:
        """Share of the codes that are alive."""
        return float((self.count > _ALIVE).float().mean())

    def perplexity(self) -> float:
        """How many codes, used alike, would carry as much as these do: exp of the entropy of their use."""
        share = self.count / self.count.sum().clamp(min=1e-12)
        return float(torch.exp(-(share * (share + 1e-12).log()).sum()))
