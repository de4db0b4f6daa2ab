"""The check of the third piece of PPO: clipped updates of one batch."""

import math

import torch
from torch import nn

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson03 import single

TOTALS = (  # ways to add up the gains of a batch, each as good as the others
    lambda gain, alive: (gain * alive).sum(1).mean(),
    lambda gain, alive: (gain * alive).sum() / alive.sum(),
    lambda gain, alive: (gain * alive).mean(),
    lambda gain, alive: (gain * alive).sum(),
)
EPISODE_BY_EPISODE = lambda gain, alive: ((gain * alive).sum(1) / alive.sum(1)).mean()
TURNED = {2: (0.2, 4), 3: (0.1, 2), 5: (0.3, 3)}  # clip and updates, by the size of what is drawn


def _net(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))


def _batch(draws):
    """A batch in which no ratio comes so close to the clip that rounding says on which side it lies."""
    while True:
        batch = _any_batch(draws)
        if _from_the_clip(*batch) > 1e-5:
            return batch


def _any_batch(draws):
    """A batch whose old probabilities differ from those of the net, so that some ratios lie beyond the clip."""
    shape = (draws.size + 2, draws.size + 1)
    obs, action = draws.numbers(*shape, 3), draws.whole(*shape, below=3)
    now = _net()(obs).log_softmax(-1).gather(-1, action[..., None])[..., 0].detach()
    logp = now + draws.numbers(*shape, low=-0.6, high=0.6)
    clip, updates = TURNED[draws.size]
    logp[0, 1] = now[0, 1]  # one within the clip for sure: there is always something to learn
    logp[0, 2] = now[0, 2] - math.log(1.03 + (clip + 0.2) / 2)  # one between this clip and the usual, 0.2
    advantage = draws.numbers(*shape, low=-1.0, high=1.0)
    advantage[:, 0] = 0.0  # nothing better than anything else
    advantage[0, 2] = 0.8
    logp[2, 1], logp[2, 2] = now[2, 1] - 0.5, now[2, 2] + 0.5  # bad actions beyond the clip, on either side
    advantage[2, 1:3] = -0.8
    alive = draws.mask(*shape)
    alive[0], alive[2], alive[1, 1:] = True, True, False  # one episode to the end, and one that ends at once
    return obs, action, logp, alive, advantage, clip, updates


def _from_the_clip(*batch):
    """How close a ratio comes to an end of the clip in any update, whichever way the gains are added up."""
    closest = []

    def gain(ratio, advantage, clip):
        closest.append(((ratio.detach() - 1).abs() - clip).abs().min().item())
        return _clipped(ratio, advantage, clip)

    for total in TOTALS:
        _after(_update(total, gain=gain), *batch)
    return min(closest)


def _after(function, obs, action, logp, alive, advantage, clip, updates):
    """All weights of a small net after the function was let loose on it with plain gradient steps."""
    net = _net()
    before = _weights(net)
    optimiser = _Counting(net.parameters(), lr=0.03)
    try:
        function(net, optimiser, obs, action, logp, alive, advantage, clip=clip, updates=updates)
    except RuntimeError as error:
        if "does not require grad" in str(error):
            raise NotYet(
                "No gradient flows: the loss does not hang on the net any more. Ask the net anew in each update, "
                "outside `no_grad` and without `detach`."
            ) from error
        raise
    if not optimiser.steps and not torch.equal(before, _weights(net)):
        raise NotYet(
            "The weights have moved, and not by the optimiser that was handed in: call its `step()`, since it keeps "
            "what it has learned from batch to batch."
        )
    if not optimiser.steps:
        raise NotYet(
            "No weight has moved. Does `optimiser.step()` come after `loss.backward()`, in each update?"
        )
    return _weights(net)


def _weights(net):
    return torch.cat([weight.detach().clone().flatten() for weight in net.parameters()])


class _Counting(torch.optim.SGD):
    """Plain gradient steps, and how many."""

    steps = 0

    def step(self, closure=None):
        """One step."""
        self.steps += 1
        return super().step(closure)


def _clipped(r, a, clip):
    return torch.minimum(r * a, r.clamp(1 - clip, 1 + clip) * a)


def _update(
    total,
    *,
    count=lambda updates: updates,
    gain=_clipped,
    ratio=lambda now, logp: (now - logp).exp(),
    scaled=lambda advantage: advantage,
    sign=-1,
    zero=True,
    old="kept",
):
    """A PPO step with one piece put in another way. old: "kept", "now", or "renewed" after each update."""

    def step(net, optimiser, obs, action, logp, alive, advantage, clip=0.2, updates=4):
        for _ in range(count(updates)):
            now = net(obs).log_softmax(-1).gather(-1, action[..., None])[..., 0]
            before = now.detach() if old == "now" else logp
            loss = sign * total(gain(ratio(now, before), scaled(advantage), clip), alive)
            if zero:
                optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if old == "renewed":
                logp = now.detach()

    return step


def _everyway(says, **how) -> list[Mistake]:
    """A mistake, with each way to add up: whoever makes it may have chosen any."""
    return [Mistake(says, _update(total, **how)) for total in TOTALS]


_COUNT = "There was one update too many, or too few: `updates` says how many."

check_ppo_step = Check(
    single.ppo_step,
    draw=_batch,
    look=_after,
    tolerance=1e-5,
    also=[_update(total) for total in TOTALS[1:]],
    mistakes=[
        *_everyway(
            "Nothing is clipped. What may an action gain once its ratio has left the interval from 1 - clip to 1 "
            "+ clip?",
            gain=lambda r, a, clip: r * a,
        ),
        *_everyway(
            "Only the clipped part is there. Then an action that got far too likely by mistake is never pulled "
            "back: which of the two is the more cautious?",
            gain=lambda r, a, clip: r.clamp(1 - clip, 1 + clip) * a,
        ),
        *_everyway(
            "The larger of the two was taken. PPO takes the more cautious one.",
            gain=lambda r, a, clip: torch.maximum(r * a, r.clamp(1 - clip, 1 + clip) * a),
        ),
        *_everyway(
            "The sign is the wrong way round: an optimiser makes a loss smaller, and the gain is to grow.",
            sign=1,
        ),
        *_everyway(
            "There was one update. PPO takes several on the same batch: `updates` says how many.",
            count=lambda updates: 1,
        ),
        *_everyway("`updates` has no say: it was given as 2, and 4 were made.", count=lambda updates: 4),
        *_everyway(_COUNT, count=lambda updates: updates + 1),
        *_everyway(_COUNT, count=lambda updates: updates - 1),
        *_everyway(
            "`clip` has no say: it was given as 0.1, and 0.2 was used.",
            gain=lambda r, a, clip: _clipped(r, a, 0.2),
        ),
        *_everyway(
            "The ratio is clipped from above only. The advantage of a bad action is negative: what it gains by growing "
            "rarer ends at 1 - clip.",
            gain=lambda r, a, clip: torch.minimum(r * a, r.clamp(max=1 + clip) * a),
        ),
        *_everyway(
            "The ratio is a difference of logarithms. A ratio of probabilities is its exponential.",
            ratio=lambda now, logp: now - logp,
        ),
        *_everyway(
            "The ratio is upside down: the probability now, over the one when the action was taken.",
            ratio=lambda now, logp: (logp - now).exp(),
        ),
        *(
            Mistake("Steps after the end of an episode count, too. What is `alive` for?", _update(total))
            for total in (
                lambda gain, alive: gain.sum(1).mean(),
                lambda gain, alive: gain.sum() / alive.sum(),
                lambda gain, alive: gain.mean(),
                lambda gain, alive: gain.sum(),
            )
        ),
        Mistake(
            "Each episode was averaged first, so that a step of a short episode weighs more than one of a long one. "
            "Add up over all steps that count, then divide, if you like, by how many they are.",
            _update(EPISODE_BY_EPISODE),
        ),
        *_everyway(
            "So it comes out where the ratio is always 1, and nothing is ever clipped: old probabilities that "
            "are asked anew, or log-probabilities in place of the ratio. `logp` was kept when the actions were taken.",
            old="now",
        ),
        *_everyway(
            "The old log-probabilities were renewed after each update, so that the clip counts from there. The ratio "
            "is over those when the actions were taken, in all updates: `logp`.",
            old="renewed",
        ),
        *_everyway(
            "The advantage is divided by its spread. That is often done, and not asked for here: the course's PPO "
            "does not.",
            scaled=lambda a: (a - a.mean()) / (a.std() + 1e-8),
        ),
        *_everyway(
            "The advantage is divided by its spread. That is often done, and not asked for here: the course's PPO "
            "does not.",
            scaled=lambda a: a / (a.std() + 1e-8),
        ),
        *_everyway("Gradients pile up from update to update. What sets them to zero?", zero=False),
        *_everyway(
            "The ratio was clipped to [-clip, clip]. It is 1 when nothing has changed.",
            gain=lambda r, a, clip: torch.minimum(r * a, r.clamp(-clip, clip) * a),
        ),
        *_everyway(
            "The advantage has no say: every action is made likelier, good or bad.",
            gain=lambda r, a, clip: torch.minimum(r, r.clamp(1 - clip, 1 + clip)),
        ),
        *_everyway(
            "The ratio was clipped and then compared with itself. Multiply by the advantage before you compare: for a "
            "negative one the order turns round.",
            gain=lambda r, a, clip: torch.minimum(r, r.clamp(1 - clip, 1 + clip)) * a,
        ),
    ],
)
