"""How much better than usual an action turned out: functions `(Batch) -> advantage`."""

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.core.adam import adam, moments, set_moments
from helpers.core.losses import needed
from helpers.core.policy import Policy, mlp
from helpers.core.types import Batch, Learns


def reward_to_go(batch: Batch, gamma: float = 1.0) -> Float[Tensor, "seed episode time"]:
    """The discounted sum of rewards from each step to the end of its episode."""
    total, later = [], torch.zeros_like(batch.reward[:, :, 0])
    for reward in (batch.reward * batch.mask).unbind(-1)[::-1]:
        later = reward + gamma * later
        total.append(later)
    return torch.stack(total[::-1], dim=-1)


def batch_relative(batch: Batch, *, gamma: float = 1.0) -> Float[Tensor, "seed episode time"]:
    """Reward-to-go less its mean over the batch at the same time step: REINFORCE with a baseline (Williams 1992).

    An episode that has ended counts as zero from then on.
    """
    to_go = reward_to_go(batch, gamma)
    return to_go - to_go.mean(1, keepdim=True)


def group_relative(group: int) -> Callable[[Batch], Float[Tensor, "seed episode time"]]:
    """The return, standardised within each group of `group` neighbouring episodes (Shao et al. 2024, section 4.1.2).

    All episodes of a group answer one prompt. A group whose returns are all equal has advantage zero.
    """

    def advantage(batch: Batch) -> Float[Tensor, "seed episode time"]:
        seeds, episodes = batch.returns.shape
        if episodes % group:
            raise ValueError(f"group_relative({group}) needs a multiple of {group} episodes: got {episodes}")
        returns = batch.returns.view(seeds, -1, group)
        centred = returns - returns.mean(-1, keepdim=True)
        standard = centred / (returns.std(-1, keepdim=True) + 1e-4)
        return standard.view(seeds, episodes, 1).expand_as(batch.reward)

    return advantage


def leashed(advantage: Callable, beta: float) -> Callable[[Batch], Float[Tensor, "seed episode time"]]:
    """The same advantage, of reward less `beta` times log(policy / reference): KL-regularised RL.

    Its optimum is the Boltzmann policy p_ref exp(r / beta) / Z (Korbak et al. 2022).
    Make the data with `reference=True`.
    """

    def shaped(batch: Batch) -> Float[Tensor, "seed episode time"]:
        log_ratio = needed(batch, "logp", "leashed") - needed(batch, "logp_ref", "leashed")
        return advantage(batch.with_(reward=batch.reward - beta * log_ratio))

    if isinstance(advantage, Learns):
        shaped.state, shaped.restore = advantage.state, advantage.restore
    return shaped


def gae(
    reward: Float[Tensor, "seed episode time"],
    value: Float[Tensor, "seed episode time"],
    mask: Bool[Tensor, "seed episode time"],
    *,
    gamma: float,
    lam: float,
) -> Float[Tensor, "seed episode time"]:
    """Generalised advantage estimation (Schulman et al. 2016, eq. 16); the value after the last step is zero.

    `lam=0` is the one-step TD error, `lam=1` the discounted reward-to-go less the value.
    """
    value = value * mask
    after = torch.cat([value[:, :, 1:], torch.zeros_like(value[:, :, :1])], dim=-1)
    error = (reward + gamma * after - value) * mask
    total, later = [], torch.zeros_like(error[:, :, 0])
    for step in error.unbind(-1)[::-1]:
        later = step + gamma * lam * later
        total.append(later)
    return torch.stack(total[::-1], dim=-1) * mask


class GAE:
    """Advantages from a critic that learns along.

    features: size of one observation. The critic is one small network for each seed, with layers `hidden`; after use
    it makes `fits` steps towards the returns of the batch.
    critic:   where it starts instead, a Policy with one output; it is not changed.
    What it has learned belongs to the run: `train` begins every run with a fresh critic and keeps it with the run.
    """

    def __init__(
        self,
        features: int,
        *,
        gamma: float = 0.99,
        lam: float = 0.95,
        lr: float = 1e-3,
        fits: int = 4,
        hidden: Sequence[int] = (64, 64),
        critic: Policy | None = None,
    ):
        self.features, self.gamma, self.lam, self.lr, self.fits = features, gamma, lam, lr, fits
        self.hidden, self.start, self.critic, self.optimiser = hidden, critic, None, None

    def __call__(self, batch: Batch) -> Float[Tensor, "seed episode time"]:
        """Advantages, standardised per seed over the steps that count; then the critic learns from the batch."""
        self._begin(len(batch.reward), batch.reward.device)
        obs = batch.obs.float()
        with torch.no_grad():
            value = self.value(obs)
            raw = gae(batch.reward, value, batch.mask, gamma=self.gamma, lam=self.lam)
        target, count = raw + value, batch.mask.sum((1, 2), keepdim=True)
        for _ in range(self.fits):
            error = (self.value(obs) - target) * batch.mask
            self.optimiser.zero_grad()
            (error.square().sum((1, 2)) / count[:, 0, 0]).sum().backward()
            self.optimiser.step()
        mean = (raw * batch.mask).sum((1, 2), keepdim=True) / count
        variance = ((raw - mean) * batch.mask).square().sum((1, 2), keepdim=True) / (count - 1).clamp(min=1)
        return (raw - mean) / (variance.sqrt() + 1e-8) * batch.mask

    def value(self, obs: Float[Tensor, "seed *axes features"]) -> Float[Tensor, "seed *axes"]:
        """What the critic expects to be earned from each observation on, discounted. Zero before it has been used."""
        if self.critic is None and self.start is None:
            return torch.zeros_like(obs[..., 0])
        return (self.critic or self.start).logits(obs)[..., 0]

    def state(self) -> dict[str, Tensor]:
        """What the critic has learned, as tensors; nothing before the first batch."""
        if self.critic is None:
            return {}
        weights = {f"critic.{i}": weight.detach().clone() for i, weight in enumerate(self.critic.stacked)}
        return weights | moments(self.optimiser)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a `state`; to a fresh critic if it is empty."""
        self.critic = self.optimiser = None
        if state:
            self._begin(len(state["critic.0"]), state["critic.0"].device)
            with torch.no_grad():
                for i, weight in enumerate(self.critic.stacked):
                    weight.copy_(state[f"critic.{i}"])
            set_moments(self.optimiser, state)

    def _begin(self, seeds, device):
        if self.critic is None:
            make = (
                self.start.clone
                if self.start
                else lambda: Policy(mlp(self.features, 1, self.hidden), seeds=seeds)
            )
            self.critic = make().to(device)
            self.optimiser = adam(self.critic.parameters(), self.lr)
