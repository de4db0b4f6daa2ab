"""What one step of a learner's trainer did, seen from outside: which moves it took, and which gradient it followed.

Whoever samples draws other numbers, so what comes out cannot be compared with a solution's. Instead the very moves that
were taken are noted, the gradients that right and wrong ways of weighting *these* moves would give are worked out, and
the change of the weights is looked up among them.
"""

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from helpers.kit.checks import NotYet
from helpers.lessons.lesson00.by_hand import Corridor

LOGITS = (
    "What the network gives are logits, not probabilities: `Categorical(logits=...)`, or a softmax first."
)
CHANGED = "Your function changed its input. Make a new value and leave the old one alone."
RATE = 0.5  # of the plain optimiser under which a step is watched


class Watched(Corridor):
    """A corridor that notes every walk."""

    def __init__(self, cells: int, moves: int):
        super().__init__(cells, moves)
        self.walks = []

    def walk(self, agent: Tensor, action: Tensor) -> Tensor:
        """See `Corridor.walk`."""
        after = super().walk(agent, action)
        self.walks.append((agent.detach().clone(), torch.as_tensor(action).detach().long().clone()))
        return after


class Counted(torch.optim.SGD):
    """Plain gradient descent that counts its steps, and notes whether there was a gradient to go by, be it zero."""

    def __init__(self, net: nn.Module):
        super().__init__(net.parameters(), lr=RATE)
        self.steps, self.led = 0, False

    def step(self, closure=None):
        """See `torch.optim.SGD`."""
        self.steps += 1
        self.led = any(weight.grad is not None for weight in self.param_groups[0]["params"])
        return super().step(closure)


@dataclass
class Seen:
    """One step, as it was made.

    action, playing: the moves [moves, episodes], and which of them count.
    reward:   1 for each episode that found the coin. returned: what the step said it was, in the mean.
    gradient: the one that was followed, all weights in one row. kept: what was left of the step before.
    led:      whether there was a gradient at the step, be it zero.
    agents:   where each agent stood before each walk, [moves, episodes], those too that had found the coin.
    """

    action: Tensor
    playing: Tensor
    reward: Tensor
    returned: object
    gradient: Tensor
    kept: Tensor
    led: bool
    before: nn.Module = field(repr=False)
    agents: Tensor = field(repr=False)
    coin: Tensor = field(repr=False)
    world: Corridor = field(repr=False)

    def outputs(self) -> Tensor:
        """What the network gave for both moves, [moves, episodes, 2], before the step."""
        return torch.stack([self.before(self.world.see(agent, self.coin)) for agent in self.agents])

    def chances(self) -> Tensor:
        """The log-probabilities of both moves, [moves, episodes, 2], before the step."""
        return self.outputs().log_softmax(-1)

    def logp(self, *, after_the_end: bool = False) -> Tensor:
        """The log-probability of each move, [moves, episodes]; 0 after the end of an episode, where nothing is said."""
        taken = self.chances().gather(-1, self.action[..., None])[..., 0]
        return taken if after_the_end else taken * self.playing

    def followed(self, loss: Tensor) -> bool:
        """Whether the step went down this loss, a function of the weights before it."""
        return _close(self.gradient, gradient_of(loss, self.before))


def watch(step, cells: int, moves: int, agent: Tensor, coin: Tensor, scale: float = 1.0) -> Seen:
    """Run a learner's step twice, and say what the second did: in a corridor of this size, with a network of its own.

    scale: a large one makes the network sure of its moves. Raises NotYet for what cannot be followed.
    """
    net, world = a_net(cells, scale), Watched(cells, moves)
    optimiser = Counted(net)
    for _ in range(2):
        before, optimiser.steps = copy.deepcopy(net), 0
        world.walks.clear()
        kept = torch.cat(
            [(torch.zeros_like(w) if w.grad is None else w.grad).flatten() for w in net.parameters()]
        ).clone()
        given = agent.clone(), coin.clone()
        try:
            returned = step(net, optimiser, world, *given)
        except ValueError as error:
            if "probs" not in str(error):
                raise
            raise NotYet(LOGITS) from error
        except RuntimeError as error:
            if "does not require grad" not in str(error):
                raise
            raise NotYet(
                "No gradient flows from your loss to the network: something on the way was detached, or turned into a "
                "plain number."
            ) from error
        if returned is ... or returned is NotImplemented:
            raise NotImplementedError
        if not (torch.equal(given[0], agent) and torch.equal(given[1], coin)):
            raise NotYet(CHANGED)
        if not all(weight.isfinite().all() for weight in net.parameters()):
            raise NotYet(
                "The weights became NaN where the network was quite sure: a probability of 0 has no logarithm. Take "
                "`Categorical(logits=...).log_prob`, or `log_softmax`, which never computes it."
            )
    action, playing, agents, reward = _played(world, agent, coin)
    if optimiser.steps != 1:
        raise NotYet(
            "One batch is one step: call `optimiser.step()` once, after all moves."
            if optimiser.steps
            else "The network stays as it is: `optimiser.step()` is missing."
        )
    change = [(a - b).detach().flatten() for a, b in zip(before.parameters(), net.parameters(), strict=True)]
    gradient = torch.cat(change) / RATE
    return Seen(action, playing, reward, returned, gradient, kept, optimiser.led, before, agents, coin, world)


def a_net(cells: int, scale: float) -> nn.Sequential:
    """A small network, another one at each call."""
    net = nn.Sequential(nn.Linear(3 * cells, 8), nn.Tanh(), nn.Linear(8, 2))
    with torch.no_grad():
        net[2].weight *= scale
    return net


def gradient_of(loss: Tensor, net: nn.Module) -> Tensor:
    """The gradient of a loss by all weights, in one row."""
    weights = list(net.parameters())
    parts = (
        torch.autograd.grad(loss, weights, allow_unused=True) if loss.requires_grad else [None] * len(weights)
    )
    rows = [
        torch.zeros_like(weight) if part is None else part
        for part, weight in zip(parts, weights, strict=True)
    ]
    return torch.cat([row.flatten() for row in rows])


def _close(a: Tensor, b: Tensor) -> bool:
    """The same gradient: what is left is rounding, of the weights before and after the step."""
    return bool((a - b).norm() <= 2e-3 * b.norm() + 1e-5)


def _played(world, agent, coin):
    """The moves taken, which of them count, where each began, and what was earned."""
    if not world.walks:
        raise NotYet(
            "Nobody walked: move the agents with `world.walk(agent, action)`, `world.moves` times at most."
        )
    actions, counted, agents = [], [], []
    playing = agent != coin
    for at, action in _whole(world, agent, coin):
        if len(actions) == world.moves and playing.any():
            raise NotYet("Episodes went on for too long: `world.moves` is the most that one may have.")
        if (at != agent)[playing].any():
            raise NotYet("The agents did not walk on from where they stood: keep what `world.walk` returns.")
        agents.append(torch.where(playing, agent, at))
        actions.append(action)
        counted.append(playing)
        agent = torch.where(playing, (agent + 2 * action - 1).clamp(0, world.cells - 1), at)
        playing = playing & (agent != coin)
    if playing.any() and len(actions) < world.moves:
        raise NotYet(
            f"Episodes ended after {len(actions)} of {world.moves} moves with the coin not found: play on until it is, "
            "or until `world.moves` are made."
        )
    return torch.stack(actions), torch.stack(counted), torch.stack(agents), (~playing).float()


def _whole(world, agent, coin) -> list[tuple[Tensor, Tensor]]:
    """The walks with a place for every episode, also where only those that still play were handed in, or one at a time.

    Whoever is left out stands where it is: on the coin, or waiting for nothing more.
    """
    many = len(agent)
    if all(len(at) == many for at, _ in world.walks):
        return world.walks
    if all(len(at) == 1 for at, _ in world.walks):
        return _by_episode(world, agent, coin)
    walks, now = [], agent.clone()
    for at, action in world.walks:
        rows = (now != coin).nonzero()[:, 0] if len(at) < many else torch.arange(many)
        if len(rows) != len(at):
            raise NotYet(
                f"`world.walk` got {len(at)} of {many} agents. Hand in all, each time, also those that are there."
            )
        all_at, moves = now.clone(), torch.zeros(many, dtype=torch.long)
        all_at[rows], moves[rows] = at, action
        walks.append((all_at, moves))
        now[rows] = (at + 2 * action - 1).clamp(0, world.cells - 1)
    return walks


def _by_episode(world, agent, coin):
    """Walks of one agent at a time, the first episode's first, put side by side."""
    left, ways = list(world.walks), []
    for start, goal in zip(agent.tolist(), coin.tolist(), strict=True):
        way, here = [], start
        while left and here != goal and len(way) < world.moves:
            at, action = (int(one) for one in left.pop(0))
            way.append((at, action))
            here = min(max(at + 2 * action - 1, 0), world.cells - 1)
        ways.append((way, here))
    if left:
        raise NotYet(
            "One agent walked on after its episode was over: on the coin, or after `world.moves` moves."
        )
    longest = max(len(way) for way, _ in ways)
    padded = [way + [(here, 0)] * (longest - len(way)) for way, here in ways]
    moves = torch.tensor(padded).transpose(0, 1)
    return [(one[:, 0], one[:, 1]) for one in moves]
