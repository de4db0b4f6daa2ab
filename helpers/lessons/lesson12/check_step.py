"""The check of a step of GRPO, on a toy that is quick to run: four actions in place of a vocabulary."""

import traceback
from functools import partial

import torch

from helpers.core.adam import adam
from helpers.core.advantages import group_relative
from helpers.core.losses import per_step, ppo_loss
from helpers.core.policy import Policy, mlp
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.core.types import Batch
from helpers.kit.checks import Check, Draws, Mistake, NotYet
from helpers.lessons.lesson12 import builds
from helpers.lessons.lesson12.arms import GROUP

EARLIER = {"group_advantage": 1, "token_logp": 2}  # what a step may call -> its exercise


def _toy(seed: int, texts: int = 8, *, tied: bool = False, loud: bool = False):
    """A policy of four actions, and a source that always gives the same answers with their rewards."""
    draws = Draws(seed, 3)
    policy = Policy(mlp(3, 4, []), seeds=[seed])
    obs, mask = draws.numbers(1, texts, 5, 3), draws.mask(1, texts, 5)
    action = draws.whole(1, texts, 5, below=4)
    scores = draws.numbers(1, texts, low=-1, high=1)
    if tied:
        scores[0, :GROUP] = 0.3
    if loud:
        obs = obs * 20
    last = mask.sum(-1, keepdim=True) - 1
    reward = torch.zeros(1, texts, 5).scatter(-1, last, scores[..., None])

    @torch.no_grad()
    def source(policy, rng):
        source.asked += 1
        return Batch(obs, action, mask, reward, policy.evaluate(obs, action).logp)

    source.asked = 0
    return policy, source


def _step(step, seed, tied, loud):
    """What a step does to the toy: the weights after two steps of plain gradient descent, and what it returned."""
    policy, source = _toy(seed, tied=tied, loud=loud)
    optimiser = torch.optim.SGD(policy.stacked, lr=0.5)
    rng = Rng(policy.seeds)
    try:
        returned = [step(policy, source, rng, optimiser) for _ in range(2)]
    except NotImplementedError as gap:
        name = traceback.extract_tb(gap.__traceback__)[-1].name
        if name not in EARLIER:
            raise
        raise NotYet(
            f"`{name}` of exercise {EARLIER[name]} is not written yet, and your `grpo_step` calls it. Until it is, "
            f"`builds.{name}` does the same."
        ) from gap
    if not source.asked:
        raise NotYet("Nothing was sampled: `source(policy, rng)` gives the batch, anew at each step.")
    weights = torch.cat([weight.detach().flatten() for weight in policy.stacked])
    if not torch.isfinite(weights).all():
        raise NotYet(
            "The weights became NaN. In one group all answers earned alike: their deviation is 0, and their advantages "
            "must be 0, too."
        )
    if returned[0] is None:
        raise NotYet("The step returns the mean reward of the batch; yours returned None.")
    return weights, torch.tensor([float(one) for one in returned])


def _as_train(step):
    """The same steps by `train`: the weights must be equal."""
    policy, source = _toy(5, tied=True)
    advantage = group_relative(GROUP)
    given = lambda policy, rng: (lambda batch: batch.with_(advantage=advantage(batch)))(source(policy, rng))
    run = train(policy, given, partial(ppo_loss, mean=per_step), steps=3, lr=0.01)
    mine = policy.clone()
    optimiser = adam(mine.stacked, 0.01)
    for _ in range(3):
        step(mine, source, Rng(policy.seeds), optimiser)
    apart = max((a - b).abs().max().item() for a, b in zip(mine.stacked, run.policy.stacked, strict=True))
    if apart > 1e-4:
        raise NotYet(f"After three steps of Adam your weights are {apart:.2g} apart from those of `train`.")
    return "After three steps its weights are those of `train`."


def _steps(
    *,
    weigh=None,
    clip=True,
    zero=True,
    move=True,
    mean="tokens",
    masked=True,
    sign=-1.0,
    twice=False,
    says=True,
):
    """A step with one thing changed: wrong answers, each with its name."""

    def step(policy, source, rng, optimiser):
        batch = source(policy, rng)
        weight = (weigh or builds.group_advantage)(batch.returns[0], GROUP)
        if zero:
            optimiser.zero_grad()
        for _ in range(1 + twice):
            now = policy.evaluate(batch.obs, batch.action)
            there = batch.mask if masked else torch.ones_like(batch.mask)
            gain = torch.where(there, weight[None, :, None] * now.logp, 0.0)
            by = {"tokens": there.sum(), "texts": len(weight), "nothing": 1}[mean]
            (sign * gain.sum() / by).backward()
        if clip:
            policy.clip_gradients(1.0)
        if move:
            optimiser.step()
        return batch.returns.mean().item() if says else 0.0

    return step


check_grpo_step = Check(
    builds.grpo_step,
    cases=[(3, False, False), (4, True, False), (6, False, True)],
    look=_step,
    then=_as_train,
    tolerance=2e-3,
    mistakes=[
        Mistake(
            "The gradients of the last step were still there and were added to. Set them to zero first.",
            _steps(zero=False),
        ),
        Mistake("The weights did not move: `optimiser.step()` is missing.", _steps(move=False)),
        Mistake(
            "The gradient was not clipped: one odd batch throws the model far. See `policy.clip_gradients(1.0)`.",
            _steps(clip=False),
        ),
        Mistake(
            "It goes the wrong way: what earned more became less likely. An optimiser makes the loss smaller, and the "
            "loss is minus the weighted log-probability.",
            _steps(sign=1.0),
        ),
        Mistake(
            "The rewards weigh as they are. Answers are compared within their group: use your advantage.",
            _steps(weigh=lambda r, g: r),
        ),
        Mistake(
            "All answers weigh alike: that is SFT on own answers. Weigh each by its advantage.",
            _steps(weigh=lambda r, g: torch.ones_like(r)),
        ),
        Mistake(
            "The answers were compared with the whole batch. Compare those to one prompt with each other.",
            _steps(weigh=lambda r, g: (r - r.mean()) / (r.std() + 1e-4)),
        ),
        Mistake(
            "Only better answers than the average count. The worse ones must become less likely, too.",
            _steps(weigh=lambda r, g: builds.group_advantage(r, g).clamp(min=0)),
        ),
        Mistake(
            "Places behind the end of an answer were counted. Leave out what the mask leaves out.",
            _steps(masked=False),
        ),
        Mistake(
            "You divide by the number of answers. The docstring asks for the mean over tokens.",
            _steps(mean="texts"),
        ),
        Mistake("This is the sum over tokens. Take the mean.", _steps(mean="nothing")),
        Mistake(
            "The step is right, but it returns something other than the mean reward.", _steps(says=False)
        ),
        Mistake("The gradient was added up twice in one step.", _steps(twice=True)),
    ],
)
