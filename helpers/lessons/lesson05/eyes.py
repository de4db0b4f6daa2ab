"""A network with an eye of its own for each thing, so that a run may come to go by the one or by the other."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import linear

from helpers.worlds.mazes import Maze


class Eyes(nn.Module):
    """Each thing is seen by layers of its own; what they say of the way is added up, and walls have the last layer too.

    What an eye has learned helps it to learn on, for its layers multiply one another: so whichever eye is ahead takes
    the lead, and coin and flag do not get equal gradients although they are told alike. `scale`: of the first weights
    of both eyes; the smaller, the longer an eye takes to open and the more the first one gets.
    """

    def __init__(
        self, coin: slice, flag: slice, walls: slice, features: int, actions: int, width: int, scale: float
    ):
        super().__init__()
        parts = [range(*part.indices(features)) for part in (coin, flag, walls)]
        if [place for part in parts for place in part] != list(range(features)):
            raise ValueError(f"inputs come in the order coin, flag, walls: got {coin}, {flag}, {walls}")
        size = [len(part) for part in parts]
        self.coin, self.flag = (
            nn.Sequential(nn.Linear(n, width, bias=False), nn.Linear(width, width, bias=False))
            for n in size[:2]
        )
        self.wall = nn.Linear(size[2], width)
        self.out = nn.Linear(width, actions)
        with torch.no_grad():
            for layer in (*self.coin, *self.flag):
                layer.weight.mul_(scale)

    def forward(self, obs):
        """Logits of all moves for what is seen, [..., features]."""
        seen = [eye[1].weight @ eye[0].weight for eye in (self.coin, self.flag)]
        return self.out(torch.tanh(linear(obs, torch.cat([*seen, self.wall.weight], dim=1), self.wall.bias)))


def eyes(env: Maze, *, width: int = 32, scale: float = 1.0) -> Callable[[], nn.Module]:
    """A recipe for `Eyes` that fit a world."""
    parts = [env.inputs[name] for name in ("coin", "flag", "walls")]
    return lambda: Eyes(*parts, env.features, env.actions, width, scale)
