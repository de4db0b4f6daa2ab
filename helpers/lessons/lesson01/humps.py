"""A policy that cannot be anything, and a target with two peaks: where the two divergences part."""

from collections.abc import Callable

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.checked import share
from helpers.core import Batch, Policy, Recorded, Rollouts, batch_relative, reinforce_loss, sft_loss
from helpers.worlds.bandits import Bandit, probabilities, shown_actions

ARMS, APART = 41, 16  # actions in a row, and how many of them lie between the two peaks


def two_peaks(arms: int, apart: int, *, higher: float = 0.6, width: float = 2.0) -> Float[Tensor, "arms"]:
    """A distribution over arms in a row with two peaks, `apart` arms apart; the left one has the mass `higher`."""
    higher = share(higher, "higher")
    place = torch.arange(arms) - (arms - 1) / 2
    left, right = (
        (-((place - centre) ** 2) / (2 * width**2)).softmax(-1) for centre in (-apart / 2, apart / 2)
    )
    return higher * left + (1 - higher) * right


class Bump(nn.Module):
    """A policy that can only say "about here": arms in a row, and one smooth hump with a centre and a width."""

    def __init__(self, arms: int, spread: float = 6.0):
        super().__init__()
        self.arms = arms
        self.centre = nn.Parameter(spread * torch.randn(1) / 10)
        self.log_width = nn.Parameter(torch.tensor([1.6]))

    def forward(self, obs: Float[Tensor, "*axes features"]) -> Float[Tensor, "*axes arms"]:
        """The same logits for each observation; a unit of `centre` is ten arms, so that both move alike."""
        place = torch.arange(self.arms, device=obs.device) - (self.arms - 1) / 2
        logits = -((place - 10 * self.centre) ** 2) / (2 * (2 * self.log_width).exp())
        return logits.expand(*obs.shape[:-1], self.arms)


def bump(arms: int) -> Callable[[], nn.Module]:
    """A recipe for a `Bump`: `Policy(bump(41), seeds=64)`."""
    return lambda: Bump(arms)


def best_bump(
    target: Float[Tensor, "arms"], *, reverse: bool, centres: int = 81, widths: int = 40
) -> Float[Tensor, "arms"]:
    """The hump nearest to a target in KL(target || hump), or with `reverse` in KL(hump || target): tried on a grid."""
    arms = len(target)
    place = torch.arange(arms) - (arms - 1) / 2
    centre = torch.linspace(-arms / 2, arms / 2, centres)[:, None, None]
    width = torch.linspace(0.0, 3.0, widths).exp()[None, :, None]
    humps = (-((place - centre) ** 2) / (2 * width**2)).log_softmax(-1).flatten(0, 1)
    log_target = target.log()
    reverse_kl = (humps.exp() * (humps - log_target)).sum(-1)
    forward_kl = (target * (log_target - humps)).sum(-1)
    return humps[(reverse_kl if reverse else forward_kl).argmin()].exp()


def narrow(seeds) -> Policy:
    """The start of both arms: one hump for each seed, somewhere in the middle."""
    return Policy(bump(ARMS), seeds=seeds)


def entropy_priced(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """The advantage of reward less log p: RL then minimises KL(policy || target) if the reward is the target's log."""
    return batch_relative(batch.with_(reward=batch.reward - batch.logp))


def arms(target: Float[Tensor, "arms"]) -> dict[str, tuple[Callable, Callable]]:
    """SFT on actions drawn from the target, and RL paid the target's logarithm plus its own entropy in nats."""
    shown = shown_actions(target, target.log())
    tried = Rollouts(Bandit(target.log()), episodes=32, advantage=entropy_priced)
    return {
        "SFT (forward KL)": (Recorded(shown, episodes=32), sft_loss),
        "RL (reverse KL)": (tried, reinforce_loss),
    }


def centre(policy) -> Float[Tensor, "seed"]:
    """A probe: where each seed's hump lies, in actions from the middle of the row."""
    return (probabilities(policy) * (torch.arange(ARMS) - (ARMS - 1) / 2)).sum(1)


def way(run) -> pd.DataFrame:
    """Where each seed's hump began and where it ended, in actions from the middle: a row a seed."""
    rows = run.history[run.history.metric == "centre"]
    ends = {
        name: rows[rows.step == at].set_index("seed").value
        for name, at in (("began", 0), ("ended", rows.step.max()))
    }
    return pd.DataFrame(ends)


def near(run) -> float:
    """The share of seeds that ended within three actions of a peak."""
    return float(((way(run).ended.abs() - APART / 2).abs() <= 3).mean())


def resting_places(
    target: Float[Tensor, "arms"], divergence: Callable | None = None, *, steps: int = 500
) -> pd.DataFrame:
    """Where reverse KL comes to rest without any chance, from three starts: a row each, with centre, width and nats.

    divergence: `(p, q) -> nats`, which measures where each came to rest; what it slides down is the course's.
    """
    rows = {}
    for name, centre in (("from the left", -8.0), ("from the middle", 0.0), ("from the right", 8.0)):
        net = Bump(len(target))
        with torch.no_grad():
            net.centre.fill_(centre / 10)
        descent = torch.optim.SGD(net.parameters(), lr=0.05)
        for _ in range(steps):
            log_hump = net(torch.ones(1)).log_softmax(-1)
            nats = (log_hump.exp() * (log_hump - target.log())).sum()
            descent.zero_grad()
            nats.backward()
            descent.step()
        rows[name] = {
            "centre": 10 * net.centre.item(),
            "width": net.log_width.exp().item(),
            "KL(hump || target), nats": float(
                nats.detach() if divergence is None else divergence(log_hump.detach().exp(), target)
            ),
        }
    return pd.DataFrame(rows).T
