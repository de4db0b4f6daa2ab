"""What an agent reaches in mazes, exactly: all its ways at once, each as likely as it is, and no sample of them.

In a small world the chance to stand in each cell can be moved on from step to step. That costs about as much as a
thousand sampled episodes, and leaves no luck in a measurement.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.worlds.grids import GridState, GridWorld

CHUNK = 25  # mazes at a time, so that what is computed stays in the processor's cache


class Reached(NamedTuple):
    """The chance to reach the coin first, and the flag first, in each maze; where both lie together, it is the coin."""

    coin: Float[Tensor, "seed level"]
    flag: Float[Tensor, "seed level"]


class Chances:
    """`Chances(env)(policy)`: the exact chance of each end of an episode, for every maze of `env` that can be drawn.

    The policy must act on what it sees alone, as those of `helpers.core` do.
    """

    def __init__(self, env: GridWorld):
        drawn = (env.levels.weight > 0).nonzero()[:, 0]
        self.horizon, self.parts = env.horizon, []
        self.ahead = (-1, 1, -env.width, env.width)[
            : env.actions
        ]  # how far each move leads, in numbers of cells
        for level in drawn.split(CHUNK):
            cell = torch.arange(env.cells).expand(len(level), -1)
            state = GridState(level[:, None].expand_as(cell), cell)
            after = [env.moved(state, torch.full_like(cell, move)) for move in range(env.actions)]
            leads = torch.stack(
                [place != cell for place in after]
            )  # [move, level, cell], else it bumps and stays
            flag = env.levels.coin if env.levels.flag is None else env.levels.flag
            ends = [env.levels.start[level], env.levels.coin[level], flag[level]]
            free = (~env.levels.walls[level].flatten(1)).flatten().nonzero()[:, 0]
            seen = env.observe(state).flatten(0, 1)[free]
            self.parts.append((seen, free, leads.float(), *ends))

    @torch.no_grad()
    def __call__(self, policy) -> Reached:
        """What this policy reaches, a row for each of its seeds; on the CPU, wherever the policy is."""
        coin, flag = zip(*(self._part(policy, *part) for part in self.parts), strict=True)
        return Reached(torch.cat(coin, dim=1), torch.cat(flag, dim=1))

    def _part(self, policy, seen, free, leads, start, coin, flag):
        seeds, (moves, levels, cells) = len(policy.seeds), leads.shape
        chosen = torch.zeros(moves, seeds, levels * cells)
        logits = policy.logits(seen.expand(seeds, -1, -1).to(policy.device)).cpu()
        chosen[..., free] = logits.softmax(-1).permute(2, 0, 1)
        chosen = chosen.view(moves, seeds, levels, cells)
        goes, stays = chosen * leads[:, None], (chosen * (1 - leads[:, None])).sum(0)
        rows = torch.arange(levels)
        here = torch.zeros(seeds, levels, cells)
        here[:, rows, start] = 1
        reached = [torch.zeros(seeds, levels), torch.zeros(seeds, levels)]
        for _ in range(self.horizon):
            after = here * stays
            for go, by in zip(goes, self.ahead, strict=True):
                source, target = (
                    (slice(None, -by), slice(by, None)) if by > 0 else (slice(-by, None), slice(None, by))
                )
                after[..., target].addcmul_(here[..., source], go[..., source])
            here = after
            for place, thing in enumerate((coin, flag)):
                reached[place] += here[:, rows, thing]
                here[:, rows, thing] = 0  # the episode is over
        return reached
