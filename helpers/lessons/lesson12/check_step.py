"""The check of a step of GRPO, on a toy that is quick to run: four actions in place of a vocabulary.

The toy's source draws other answers at each call, as a real one does, so that it shows who asked, and how often.
"""

import traceback
from functools import partial

import torch

from helpers.core.adam import Adam
from helpers.core.advantages import group_relative
from helpers.core.losses import per_step, ppo_loss
from helpers.core.policy import Policy, mlp
from helpers.core.streams import Rng, Stream
from helpers.core.training import train
from helpers.core.types import Batch
from helpers.kit.checks import Check, Draws, Mistake, NotYet
from helpers.lessons.lesson12 import builds
from helpers.lessons.lesson12.arms import GROUP

STEPS, TOLERANCE = 2, 2e-3
EARLIER = {"group_advantage": 1, "token_logp": 2}  # what a step may call -> its exercise


def _toy(seed: int, texts: int = 8, *, tied: bool = False, scale: float = 1.0):
    """A policy of four actions, and a source that draws answers with their rewards; one fills its whole length.

    scale: of what is seen, and so of gradients: at 0.2 a mean's is not clipped, nor is a sum over 8; at 20 it is.
    """
    draws = Draws(seed, 3)
    policy = Policy(mlp(3, 4, []), seeds=[seed])
    obs, mask = scale * draws.numbers(1, texts, 5, 3), draws.mask(1, texts, 5)
    mask[0, draws.whole(below=texts)] = True
    last = mask.sum(-1, keepdim=True) - 1

    @torch.no_grad()
    def source(policy, rng):
        source.asked.append(rng)
        action, scores = rng.integers(4, texts, 5), 2 * rng.uniform(texts) - 1
        if tied:
            scores[0, :GROUP] = 0.3
        reward = torch.zeros(1, texts, 5).scatter(-1, last, scores[..., None])
        return Batch(obs, action, mask, reward, policy.evaluate(obs, action).logp)

    source.asked = []
    return policy, source


def _step(step, seed, tied, scale):
    """What a step does to the toy: the weights after two steps of plain gradient descent, and what it returned."""
    policy, source = _toy(seed, tied=tied, scale=scale)
    optimiser = torch.optim.SGD(policy.stacked, lr=0.5)
    rng = Rng(policy.seeds)
    try:
        returned = [step(policy, source, rng, optimiser) for _ in range(STEPS)]
    except NotImplementedError as gap:
        name = traceback.extract_tb(gap.__traceback__)[-1].name
        if name not in EARLIER:
            raise
        raise NotYet(
            f"`{name}` of exercise {EARLIER[name]} is not written yet, and your `grpo_step` calls it. Until it is, "
            f"`builds.{name}` does the same."
        ) from gap
    except (TypeError, AttributeError, RuntimeError) as error:
        raise _known(error, step) or error from error
    if not source.asked:
        raise NotYet("Nothing was sampled: `source(policy, rng)` gives the batch, anew at each step.")
    if any(one is not rng for one in source.asked):
        raise NotYet(
            "The answers did not come from the `rng` that was given: call `source(policy, rng)` with it."
        )
    weights = torch.cat([weight.detach().flatten() for weight in policy.stacked])
    if not torch.isfinite(weights).all():
        raise NotYet(
            "The weights became NaN. In one group all answers earned alike: their deviation is 0, and their advantages "
            "must be 0, too."
        )
    if returned[0] is None:
        raise NotYet("The step returns the mean reward of the batch; yours returned None.")
    if len(source.asked) > STEPS:
        raise NotYet(
            "You sampled twice in one step: other answers come each time. Weigh and evaluate the *same* batch, and go "
            "one step."
        )
    return weights, torch.tensor([float(one) for one in returned])


def _known(error, step):
    """An error that many make, in a sentence; None for another."""
    said = str(error)
    names = getattr(getattr(step, "__code__", None), "co_names", ())
    if "NoneType" in said and "advantage" in names:
        return NotYet(
            "`batch.advantage` is empty in this exercise: it is what you compute, by your `group_advantage`."
        )
    if "does not require grad" in said:
        return NotYet("No gradient flows from your loss to the weights: something on the way was detached.")
    if "non-empty TensorList" in said:
        return NotYet(
            "There was no gradient when you clipped. The order is: set to zero, backward, clip, `optimiser.step()`."
        )
    return None


def _otherwise(got, expected):
    """Where no mistake is known by name: what to look at first."""
    (weights, returned), (right, rewards) = got, expected
    off = (weights - right).abs()
    if off.max() < TOLERANCE:
        return (
            f"The step is right, but it returns {returned[0]:.3f} where the mean reward is {rewards[0]:.3f}."
        )
    at = int(off.argmax())
    return (
        f"After {STEPS} steps your weights are not those of the right step (one is {weights[at]:.3f} and should be "
        f"{right[at]:.3f}). Look first at: the mask, what you divide by, the advantage, clipping, the number of steps."
    )


def _as_train(step):
    """The same steps by `train`: the weights must be equal."""
    policy, source = _toy(5, tied=True)
    advantage = group_relative(GROUP)
    given = lambda policy, rng: (lambda batch: batch.with_(advantage=advantage(batch)))(source(policy, rng))
    run = train(policy, given, partial(ppo_loss, mean=per_step), steps=3, lr=0.01)
    mine = policy.clone()
    optimiser, rng = Adam(mine.stacked, 0.01), Rng(policy.seeds, Stream.TRAINING)
    for _ in range(3):
        step(mine, source, rng, optimiser)
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
    moves=1,
    short=0,
    log=True,
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
            there = batch.mask.clone() if masked else torch.ones_like(batch.mask)
            there[..., there.shape[-1] - short :] = False
            gain = torch.where(there, weight[None, :, None] * (now.logp if log else now.logp.exp()), 0.0)
            if mean == "each":
                gain = gain.sum(-1) / there.sum(-1)
            by = {"tokens": there.sum(), "nothing": 1, "places": there.numel()}.get(mean, len(weight))
            (sign * gain.sum() / by).backward()
        if clip == "values":
            torch.nn.utils.clip_grad_value_(policy.stacked, 1.0)
        elif clip:
            policy.clip_gradients(1.0)
        for _ in range(moves * move):
            optimiser.step()
        return batch.returns.mean().item() if says else 0.0

    return step


def _group_by(of):
    """Something else done to the rewards of each group."""
    return lambda rewards, group: of(rewards.view(-1, group)).flatten()


def _drawn(draws):
    """A toy drawn anew: one with short gradients, one with a tied group, one with long gradients, which are clipped."""
    return draws.whole(below=10**6).item(), draws.size == 3, {2: 0.2, 5: 20.0}.get(draws.size, 1.0)


_centred = lambda rows: rows - rows.mean(1, keepdim=True)

check_grpo_step = Check(
    builds.grpo_step,
    draw=_drawn,
    look=_step,
    then=_as_train,
    otherwise=_otherwise,
    tolerance=TOLERANCE,
    mistakes=[
        Mistake(
            "The gradients of the last step were still there and were added to. Set them to zero first.",
            _steps(zero=False),
        ),
        Mistake(
            "The weights did not move: `optimiser.step()` is missing, or no gradient was left when it came.",
            _steps(move=False),
        ),
        Mistake(
            "You average each answer first, as GRPO was published. Here the mean is over all tokens that count.",
            _steps(mean="each"),
        ),
        Mistake(
            "You divide by all places, not by the tokens that count: by the sum of the mask.",
            _steps(mean="places"),
        ),
        Mistake(
            "The last place of the answers was left out. The mask alone says what counts.", _steps(short=1)
        ),
        Mistake("The advantage is not divided by the group's deviation.", _steps(weigh=_group_by(_centred))),
        Mistake(
            "The group's deviation was divided by n. Divide by n - 1, torch's default.",
            _steps(
                weigh=_group_by(
                    lambda rows: _centred(rows) / (rows.std(1, keepdim=True, correction=0) + 1e-4)
                )
            ),
        ),
        Mistake(
            "The sign of the advantage is gone: what was worse than its group must become less likely.",
            _steps(weigh=lambda r, g: builds.group_advantage(r, g).abs()),
        ),
        Mistake(
            "Probabilities were weighed. The loss is made of their logarithms, `logp` as it is.",
            _steps(log=False),
        ),
        Mistake(
            "Each number of the gradient was clipped. Clip its length: `policy.clip_gradients(1.0)`.",
            _steps(clip="values"),
        ),
        Mistake("The optimiser stepped twice. Go one step.", _steps(moves=2)),
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
