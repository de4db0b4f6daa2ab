"""A policy: a distribution over actions, for many seeds at once.

The network is an ordinary `nn.Module` that knows nothing of seeds. Its parameters are stacked along a first axis
and run by `torch.func`, so that 64 seeds train in about the time of a few.
"""

import copy
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from helpers import checked
from helpers.core.distributions import logp_of
from helpers.core.streams import Stream, number_of
from helpers.core.types import Evaluation


class Policy(nn.Module):
    """A stack of networks of one shape, one for each seed, read as distributions over actions.

    make_net: makes one freshly initialised network, which maps [..., features] to logits [..., actions].
    seeds:    how many, or which whole numbers. The seed fixes the initial weights and, in `train`, every draw; so none
              may come twice.
    stream:   where the initial weights are drawn from: not where training draws, or weights and first episodes would
              be the same random numbers.
    No BatchNorm: it would mix episodes. `reference` is a frozen copy of the start of training, or None. It is no part
    of `parameters()` or `state_dict()`, but goes along to another device.
    Raises TypeError if a seed is no whole number, ValueError if there is none or if one comes twice.
    """

    def __init__(self, make_net: Callable[[], nn.Module], seeds: Any = 1, *, stream: int = Stream.WEIGHTS):
        super().__init__()
        self.reference = None
        self.seeds = checked.seeds(seeds)
        nets = [
            _seeded(checked.function(make_net, "make_net", "() -> net"), number_of(stream, seed))
            for seed in self.seeds
        ]
        stacked, buffers = stack_module_state(nets)
        if buffers:
            raise ValueError(
                f"a stacked net must have no buffers (BatchNorm mixes episodes): found {sorted(buffers)}"
            )
        self.names = list(stacked)
        self.stacked = nn.ParameterList(stacked.values())
        self._hidden = [nets[0]]  # in a list, so that its weights are not counted among our parameters
        self._plain = _is_plain(nets[0])

    def __setattr__(self, name, value):
        if (
            name == "reference"
        ):  # out of sight of `nn.Module`, or it would count among what is trained and saved
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def _apply(self, fn, recurse=True):
        if self.reference is not None:
            self.reference._apply(fn, recurse)
        return super()._apply(fn, recurse)

    def logits(self, obs: Shaped[Tensor, "seed ..."]) -> Float[Tensor, "seed ... actions"]:
        """Unnormalised log-probabilities of all actions for each observation. ValueError if the shape does not fit."""
        if obs.dim() < 2 or len(obs) != len(self.seeds):
            raise ValueError(
                f"observations of {len(self.seeds)} seeds have the shape [{len(self.seeds)}, ..., features]: "
                f"got {tuple(obs.shape)}"
            )
        if self._plain:  # the same numbers, faster
            return plain_logits(obs, list(self.stacked))
        return self._each_seed(lambda net, o: net(o), obs)

    def evaluate(
        self, obs: Shaped[Tensor, "seed episode ..."], action: Int[Tensor, "seed episode time"]
    ) -> Evaluation:
        """What this policy thinks of actions that somebody took; carries gradients."""
        logits = self.logits(obs)
        return Evaluation(logp_of(logits, action), logits)

    def sample(self, obs: Shaped[Tensor, "seed episode ..."], noise: Float[Tensor, "seed episode actions"]):
        """One action for each observation and its log-probability.

        `noise` is Gumbel noise, `rng.gumbel(episodes, actions)`: drawn here, inside `vmap`, all seeds would share it.
        """
        logits = self.logits(obs)
        action = _likeliest(logits, noise)
        return action, logp_of(logits, action)

    def choose(self, obs: Shaped[Tensor, "seed episode ..."], noise: Float[Tensor, "seed episode actions"]):
        """The action of `sample` alone, where nobody asks how likely it was."""
        return _likeliest(self.logits(obs), noise)

    def clone(self) -> "Policy":
        """An independent copy with the same weights."""
        return copy.deepcopy(self)

    def select(self, seed: int | Sequence[int]) -> "Policy":
        """The policy of one seed or of some, by their own numbers. Raises ValueError with the seeds that there are."""
        chosen = seed if isinstance(seed, list | tuple | range) else [seed]
        places = [self.seeds.index(checked.one_of(each, self.seeds, "seed")) for each in chosen]
        one = self.clone()
        one.seeds = tuple(self.seeds[place] for place in places)
        one.stacked = nn.ParameterList(
            nn.Parameter(p[places].detach().clone(), p.requires_grad) for p in self.stacked
        )
        one.reference = self.reference.select(seed) if self.reference is not None else None
        return one

    def start_training(self) -> "Policy":
        """A copy to be trained, whose `reference` is this policy, frozen."""
        trained = self.clone()
        trained.reference = self.clone().requires_grad_(False)
        trained.reference.reference = None
        return trained

    def clip_gradients(self, limit: float) -> Float[Tensor, "seed"]:
        """Shorten each seed's gradient to `limit`, and return the norms before. A global norm would mix seeds.

        Raises ValueError if `limit` is not above 0: a gradient times a negative number climbs.
        """
        limit = checked.number(limit, "clip_norm", above=0)
        gradients = [p.grad for p in self.stacked if p.grad is not None]
        norm = torch.stack([g.flatten(1).norm(dim=1) for g in gradients]).norm(dim=0)
        scale = (limit / norm.clamp(min=1e-12)).clamp(max=1)
        for gradient in gradients:
            gradient *= scale.view(-1, *[1] * (gradient.dim() - 1))
        return norm

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.stacked[0].device

    def _each_seed(self, call, *inputs):
        """`call(net, *inputs)` for every seed at once."""
        template, weights = self._hidden[0], dict(zip(self.names, self.stacked, strict=True))
        return vmap(lambda w, *xs: call(lambda *a, **k: functional_call(template, w, a, k), *xs))(
            weights, *inputs
        )


def mlp(inputs: int, actions: int, hidden: Sequence[int] = (64, 64)) -> Callable[[], nn.Module]:
    """A recipe for a plain network with tanh layers: `Policy(mlp(9, 2), seeds=16)`."""
    sizes = [checked.whole(size, "a layer's size") for size in (inputs, *hidden)]
    actions = checked.whole(actions, "actions")

    def make() -> nn.Module:
        layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.Tanh())]
        return nn.Sequential(*layers, nn.Linear(sizes[-1], actions))

    return make


def plain_logits(
    obs: Float[Tensor, "seed ... features"], stacked: Sequence[Tensor]
) -> Float[Tensor, "seed ... actions"]:
    """What `vmap` makes of an `mlp` or a `table`, written out: one batched matrix product a layer, and no more.

    stacked: weight [seed, out, in] and bias [seed, out] of each layer in turn; of a table the weight alone.
    """
    if obs.shape[-1] != stacked[0].shape[-1]:
        raise ValueError(
            f"this net reads {stacked[0].shape[-1]} features: got observations {tuple(obs.shape)}"
        )
    x = obs.reshape(len(obs), -1, obs.shape[-1])
    if len(stacked) == 1:
        return torch.bmm(x, stacked[0].mT).view(*obs.shape[:-1], stacked[0].shape[1])
    for layer in range(0, len(stacked), 2):
        weight, bias = stacked[layer : layer + 2]
        x = torch.bmm(x, weight.mT).add_(bias[:, None])  # baddbmm would copy the bias to every row first
        if layer + 2 < len(stacked):
            x = _Tanh.apply(x)
    return x.view(*obs.shape[:-1], x.shape[-1])


class _Tanh(torch.autograd.Function):
    """tanh in place, as 2 sigmoid(2x) - 1: to 2e-7 the same, and some processors do it five times as fast."""

    @staticmethod
    def forward(ctx, x):
        """See `torch.tanh`."""
        x.mul_(2).sigmoid_().mul_(2).sub_(1)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx, gradient):
        """1 - tanh squared. What this calls has a derivative too, so second derivatives are right."""
        return torch.ops.aten.tanh_backward(gradient, *ctx.saved_tensors)


def _likeliest(logits, noise):
    """The action whose logit and noise are highest in all: a draw, if it is Gumbel noise."""
    return (logits + checked.shape(noise, logits.shape, "the noise", "seed, episode, actions")).argmax(-1)


def _is_plain(net):
    """Whether a net is what `mlp` or `table` makes."""
    if type(net) is nn.Linear:
        return net.bias is None
    kinds = [type(layer) for layer in net.children()]
    return (
        type(net) is nn.Sequential
        and kinds == [nn.Linear, nn.Tanh] * (len(kinds) // 2) + [nn.Linear]
        and all(layer.bias is not None for layer in net if isinstance(layer, nn.Linear))
    )


def table(actions: int, observations: int = 1) -> Callable[[], nn.Module]:
    """A recipe for a table of logits, one row for each (one-hot) observation; all actions start equally likely."""
    actions, observations = checked.whole(actions, "actions"), checked.whole(observations, "observations")

    def make() -> nn.Module:
        net = nn.Linear(observations, actions, bias=False)
        nn.init.zeros_(net.weight)
        return net

    return make


def _seeded(make_net, number):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(number)  # the CPU's: to tell every device takes long
        return make_net()
