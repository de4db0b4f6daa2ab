"""How much better than usual an action turned out: functions `(Batch) -> advantage`."""

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.checked import function, number, share, whole
from helpers.core.adam import Adam, moments, set_moments
from helpers.core.losses import needed, per_step
from helpers.core.policy import Policy, mlp
from helpers.core.streams import Stream
from helpers.core.types import Batch, Learns


def reward_to_go(batch: Batch, gamma: float = 1.0) -> Float[Tensor, "seed episode time"]:
    """The discounted sum of rewards from each step to the end of its episode."""
    gamma = share(gamma, "gamma")
    total, later = [], torch.zeros_like(batch.reward[:, :, 0])
    for reward in _earned(batch).unbind(-1)[::-1]:
        later = reward + gamma * later
        total.append(later)
    return torch.stack(total[::-1], dim=-1)


def batch_relative(batch: Batch, *, gamma: float = 1.0) -> Float[Tensor, "seed episode time"]:
    """Reward-to-go less its mean over the batch at the same time step: REINFORCE with a baseline (Williams 1992).

    An episode that has ended counts as zero from then on. Each of n episodes is part of its own baseline, so that the
    gradient is (n - 1) / n of that of the expected return: a quarter less with 4 episodes, 3 % less with 32.
    `leave_one_out` has it whole. Adam divides by the gradient's size, so that with it both learn alike.
    Raises ValueError if there is only one episode, which would be its own baseline.
    """
    return _less_the_mean(reward_to_go(batch, gamma), dim=1, who="batch_relative")


def leave_one_out(batch: Batch, *, gamma: float = 1.0) -> Float[Tensor, "seed episode time"]:
    """Reward-to-go less its mean over the *other* episodes at the same time step (Kool et al. 2019).

    `batch_relative` times n / (n - 1): what an episode is compared with does not depend on what was done in it, so that
    the gradient is that of the expected return, at any number of episodes. Raises ValueError if there is only one.
    """
    others = batch.reward.shape[1] - 1
    return batch_relative(batch, gamma=gamma) * (others + 1) / max(others, 1)


def group_relative(group: int) -> Callable[[Batch], Float[Tensor, "seed episode time"]]:
    """The return, standardised within each group of `group` neighbouring episodes (Shao et al. 2024, section 4.1.2).

    All episodes of a group answer one prompt. A group whose returns are all equal has advantage zero. The standard
    deviation is that of a sample (over n - 1), and 1e-4 is added to it, both as in TRL; so returns that differ by less
    than that are not blown up. Raises ValueError for groups of one, and for a number of episodes that is no multiple
    of `group`.
    """
    group = _group(group, "group_relative")

    def advantage(batch: Batch) -> Float[Tensor, "seed episode time"]:
        centred = _less_the_mean(_grouped(batch, group, "group_relative"), dim=-1, who="group_relative")
        standard = centred / (centred.std(-1, keepdim=True) + 1e-4)
        return standard.flatten(1)[..., None].expand_as(batch.reward)

    return advantage


def group_leave_one_out(group: int) -> Callable[[Batch], Float[Tensor, "seed episode time"]]:
    """The return less the mean return of the others of its group: RLOO (Ahmadian et al. 2024, section 3).

    Groups as in `group_relative`; nothing is divided by a standard deviation.
    """
    group = _group(group, "group_leave_one_out")

    def advantage(batch: Batch) -> Float[Tensor, "seed episode time"]:
        returns = _grouped(batch, group, "group_leave_one_out")
        centred = _less_the_mean(returns, dim=-1, who="group_leave_one_out") * group / (group - 1)
        return centred.flatten(1)[..., None].expand_as(batch.reward)

    return advantage


def leashed(advantage: Callable, beta: float) -> "Leashed":
    """The same advantage, of reward less `beta` times log(policy / reference): KL-regularised RL.

    Its optimum is the Boltzmann policy p_ref exp(r / beta) / Z (Korbak et al. 2022).
    Make the data with `reference=True`.
    """
    return Leashed(advantage, beta)


class Leashed:
    """What `leashed` makes. It learns along where the advantage inside does."""

    def __init__(self, advantage: Callable, beta: float):
        self.advantage = function(advantage, "advantage", "(Batch) -> advantage[seed, episode, time]")
        self.beta = number(beta, "beta", least=0)

    def __call__(self, batch: Batch) -> Float[Tensor, "seed episode time"]:
        """The advantage of what was earned less the price of moving away from the reference."""
        log_ratio = needed(batch, "logp", "leashed") - needed(batch, "logp_ref", "leashed")
        return self.advantage(batch.with_(reward=batch.reward - self.beta * log_ratio))

    def state(self) -> dict[str, Tensor]:
        """What the advantage inside has learned."""
        return self.advantage.state() if isinstance(self.advantage, Learns) else {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a `state`."""
        if isinstance(self.advantage, Learns):
            self.advantage.restore(state)


def gae(
    reward: Float[Tensor, "seed episode time"],
    value: Float[Tensor, "seed episode time"],
    mask: Bool[Tensor, "seed episode time"],
    *,
    gamma: float,
    lam: float,
    after: Float[Tensor, "seed episode"] | None = None,
) -> Float[Tensor, "seed episode time"]:
    """Generalised advantage estimation (Schulman et al. 2016, eq. 16).

    `lam=0` is the one-step TD error, `lam=1` the discounted reward-to-go less the value.
    after: the value of what follows an episode's last step: zero where the world ended it, the critic's where it ran
    out of time. None: zero.
    """
    value = torch.where(mask, value, 0.0)
    ahead = torch.cat([value[:, :, 1:], torch.zeros_like(value[:, :, :1])], dim=-1)
    if after is not None:
        last = mask & ~torch.cat([mask[:, :, 1:], torch.zeros_like(mask[:, :, :1])], dim=-1)
        ahead = torch.where(last, after[..., None], ahead)
    error = torch.where(mask, reward + gamma * ahead - value, 0.0)
    total, later = [], torch.zeros_like(error[:, :, 0])
    for step in error.unbind(-1)[::-1]:
        later = step + gamma * lam * later
        total.append(later)
    return torch.stack(total[::-1], dim=-1) * mask


def standardised(
    value: Float[Tensor, "seed episode time"],
    mask: Bool[Tensor, "seed episode time"],
    of: Float[Tensor, "seed episode time"] | None = None,
) -> Float[Tensor, "seed episode time"]:
    """Less its mean and over its standard deviation (n - 1), for each seed over the steps that count; 0 elsewhere.

    Values that are all equal become zero, whatever they are, and so do those that differ by rounding alone, which some
    processors do where a net reads the same input in several rows: no rounding error is blown up to size one.
    of: what the values are the difference to, if they are one; its size counts for what rounding is.
    """
    count = mask.sum((1, 2), keepdim=True).clamp(min=1)
    some = torch.where(mask, value, -torch.inf).amax((1, 2), keepdim=True)
    shifted = torch.where(mask, value - some, 0.0)
    size = torch.where(mask, value.abs() if of is None else torch.maximum(value.abs(), of.abs()), 0.0)
    rounding = 8 * torch.finfo(value.dtype).eps * size.amax((1, 2), keepdim=True)
    shifted = torch.where(shifted.abs().amax((1, 2), keepdim=True) <= rounding, 0.0, shifted)
    centred = torch.where(mask, shifted - shifted.sum((1, 2), keepdim=True) / count, 0.0)
    variance = centred.square().sum((1, 2), keepdim=True) / (count - 1).clamp(min=1)
    return centred / (variance.sqrt() + 1e-8)


def _earned(batch):
    """Rewards, 0 at steps that do not count, whatever stands there."""
    return torch.where(batch.mask, batch.reward, 0.0)


def _less_the_mean(value, dim, who):
    """Less the mean along an axis. Equal values give exactly zero: their mean may be rounded, their differences not."""
    if value.shape[dim] < 2:
        raise ValueError(
            f"{who} compares episodes with each other: it needs at least two, got {value.shape[dim]}"
        )
    shifted = value - value.narrow(dim, 0, 1)
    return shifted - shifted.mean(dim, keepdim=True)


def _group(group, who):
    if whole(group, "group") < 2:
        raise ValueError(f"{who} compares the episodes of a group: a group of {group} has nothing to compare")
    return group


def _grouped(batch, group, who):
    """Returns [seed, group, member]."""
    returns = _earned(batch).sum(-1)
    if returns.shape[1] % group:
        raise ValueError(f"{who}({group}) needs a multiple of {group} episodes: got {returns.shape[1]}")
    return returns.unflatten(1, (-1, group))


class GAE:
    """Advantages from a critic that learns along.

    features: size of one observation. The critic is one small network for each seed, with layers `hidden`; after use
    it makes `fits` steps towards the returns of the batch.
    critic:   where it starts instead, a Policy with one output; it is not changed.
    Where the world ended an episode nothing follows; where it ran out of time (`batch.ended` is False) what follows is
    worth what the critic says of `batch.obs_after`.
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
        self.features, self.fits = whole(features, "features"), whole(fits, "fits", least=0)
        self.gamma, self.lam, self.lr = share(gamma, "gamma"), share(lam, "lam"), number(lr, "lr", above=0)
        self.hidden, self.start, self.critic, self.optimiser = hidden, critic, None, None

    def __call__(self, batch: Batch) -> Float[Tensor, "seed episode time"]:
        """Advantages, standardised per seed over the steps that count; then the critic learns from the batch."""
        self._begin(batch.seeds or range(len(batch.reward)), batch.reward.device)
        obs, mask = batch.obs.float(), batch.mask
        with torch.no_grad():
            value = self.value(obs)
            raw = gae(batch.reward, value, mask, gamma=self.gamma, lam=self.lam, after=self._after(batch))
        target = raw + value
        for _ in range(self.fits):
            self.optimiser.zero_grad()
            per_step((self.value(obs) - target).square(), mask).sum().backward()
            self.optimiser.step()
        return standardised(raw, mask, of=value)

    def _after(self, batch):
        """The value of what follows each episode's last step; None where nothing does."""
        if batch.ended is None or batch.ended.all():
            return None
        if batch.obs_after is None:
            raise ValueError(
                "some episodes ran out of time (batch.ended is False): GAE needs batch.obs_after, what was seen then"
            )
        return torch.where(batch.ended, 0.0, self.value(batch.obs_after.float()))

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
            self._begin(range(len(state["critic.0"])), state["critic.0"].device)
            with torch.no_grad():
                for i, weight in enumerate(self.critic.stacked):
                    weight.copy_(state[f"critic.{i}"])
            set_moments(self.optimiser, state)

    def _begin(self, seeds, device):
        if self.critic is None:
            make = (
                self.start.clone
                if self.start
                else lambda: Policy(mlp(self.features, 1, self.hidden), seeds=seeds, stream=Stream.CRITIC)
            )
            self.critic = make().to(device)
            self.optimiser = Adam(self.critic.parameters(), self.lr)
