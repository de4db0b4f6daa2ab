"""The checks of two pieces of PPO: discount and baseline, and four clipped updates."""

import torch
from torch import nn

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson03 import single


def _to_go(reward, gamma):
    later, found = torch.zeros_like(reward[:, 0]), []
    for earned in reward.unbind(1)[::-1]:
        later = earned + gamma * later
        found.append(later)
    return torch.stack(found[::-1], dim=1)


def _weighed(reward, gamma, *, baseline=lambda to_go: to_go.mean(0)):
    to_go = _to_go(reward, gamma)
    return to_go - baseline(to_go)


def _powers(reward, gamma):
    return gamma ** torch.arange(reward.shape[1], dtype=torch.float)


def _rewards(draws):
    """Rewards of a few episodes: most end with a 1, some earn nothing, a step may earn a fraction."""
    reward = draws.numbers(draws.size + 1, draws.size + 2, low=0.0, high=1.0)
    reward[draws.whole(*reward.shape, below=2) == 0] = 0
    reward[0] = 0
    return reward, draws.one_of([0.5, 0.9, 1.0, 0.0])


_REWARD = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])

check_advantages = Check(
    _weighed,
    cases=[(_REWARD, 0.5), (_REWARD, 0.9)],
    draw=_rewards,
    used=single.advantages,
    also=[lambda r, g: _weighed(r, g) * len(r) / (len(r) - 1)],  # less the mean of the *others*
    mistakes=[
        Mistake(
            "There is no baseline. What do all episodes of the batch earn on average at this step? Take that off.",
            _to_go,
        ),
        Mistake(
            "Nothing is discounted. A reward that comes k steps later counts gamma to the power k.",
            lambda r, g: _weighed(r, 1.0),
        ),
        Mistake(
            "The discount counts from the episode's start. Seen from the step itself, how far away is the reward?",
            lambda r, g: (lambda x: x - x.mean(0))(((r * _powers(r, g)).flip(1).cumsum(1)).flip(1)),
        ),
        Mistake(
            "What was earned before a step is counted, too, so that every step has the whole return. A move "
            "cannot change what was before it.",
            lambda r, g: (lambda x: x - x.mean(0))((r * _powers(r, g)).sum(1, keepdim=True).expand_as(r)),
        ),
        Mistake(
            "This adds up what came before each step. Which direction does time run for what is *still* earned?",
            lambda r, g: (lambda x: x - x.mean(0))(_to_go(r.flip(1), g).flip(1)),
        ),
        Mistake(
            "The mean was taken over the steps of each episode. The baseline is the mean over episodes, at the "
            "same step.",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.mean(1, keepdim=True)),
        ),
        Mistake(
            "The mean was taken over everything, early and late steps alike. Which axis counts the episodes?",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.mean()),
        ),
        Mistake(
            "The baseline is the mean of the rewards themselves. Compare what is still earned with what is still "
            "earned.",
            lambda r, g: _to_go(r, g) - r.mean(0),
        ),
        Mistake(
            "The sign is the wrong way round: better than usual is positive.", lambda r, g: -_weighed(r, g)
        ),
        Mistake(
            "The numbers are divided by their spread. That is another common choice; leave it out here.",
            lambda r, g: (lambda x: x / (x.std() + 1e-8))(_weighed(r, g)),
        ),
        Mistake(
            "A reward of this very step is discounted, too. It is 0 steps away: gamma to the power 0 is 1.",
            lambda r, g: g * _weighed(r, g),
        ),
        Mistake(
            "The reward of this very step is missing: what is still earned begins with it.",
            lambda r, g: (lambda x: x - x.mean(0))(_to_go(r, g) - r),
        ),
        Mistake(
            "The sum over episodes was taken off. The baseline is their mean.",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.sum(0)),
        ),
    ],
)


def _net(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))


def _batch(draws):
    """A batch whose old probabilities differ from those of the net, so that some ratios lie beyond the clip."""
    shape = (draws.size + 2, draws.size + 1)
    obs, action = draws.numbers(*shape, 3), draws.whole(*shape, below=3)
    now = _net()(obs).log_softmax(-1).gather(-1, action[..., None])[..., 0].detach()
    logp = now + draws.numbers(*shape, low=-0.6, high=0.6)
    advantage = draws.numbers(*shape, low=-1.0, high=1.0)
    advantage[:, 0] = 0.0  # nothing better than anything else
    return obs, action, logp, draws.mask(*shape), advantage


def _after(function, obs, action, logp, alive, advantage):
    """All weights of a small net after the function was let loose on it with plain gradient steps."""
    net = _net()
    optimiser = _Counting(net.parameters(), lr=0.3)
    try:
        function(net, optimiser, obs, action, logp, alive, advantage)
    except RuntimeError as error:
        if "does not require grad" in str(error):
            raise NotYet(
                "No gradient flows: the loss does not hang on the net any more. Ask the net anew in each update, "
                "outside `no_grad` and without `detach`."
            ) from error
        raise
    if not optimiser.steps:
        raise NotYet(
            "No weight has moved. Does `optimiser.step()` come after `loss.backward()`, in each update?"
        )
    return torch.cat([weight.detach().flatten() for weight in net.parameters()])


class _Counting(torch.optim.SGD):
    """Plain gradient steps, and how many."""

    steps = 0

    def step(self, closure=None):
        """One step."""
        self.steps += 1
        return super().step(closure)


def _update(
    *,
    updates=4,
    gain=None,
    total=lambda gain, alive: (gain * alive).sum(1).mean(),
    ratio=lambda now, logp: (now - logp).exp(),
    sign=-1,
    zero=True,
    fresh=False,
):
    """A PPO step with one piece put in another way."""
    clipped = lambda r, a: torch.minimum(r * a, r.clamp(0.8, 1.2) * a)

    def step(net, optimiser, obs, action, logp, alive, advantage, clip=0.2, **_):
        for _ in range(updates):
            now = net(obs).log_softmax(-1).gather(-1, action[..., None])[..., 0]
            old = now.detach() if fresh else logp
            loss = sign * total((gain or clipped)(ratio(now, old), advantage), alive)
            if zero:
                optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    return step


check_ppo_step = Check(
    single.ppo_step,
    draw=_batch,
    look=_after,
    tolerance=1e-5,
    also=[
        _update(
            total=lambda gain, alive: (gain * alive).sum() / alive.sum()
        ),  # the mean over steps that count
        _update(total=lambda gain, alive: (gain * alive).mean()),  # over all places
        _update(total=lambda gain, alive: (gain * alive).sum()),
    ],
    mistakes=[
        Mistake(
            "Nothing is clipped. What may an action gain once its ratio has left the interval from 1 - clip to 1 "
            "+ clip?",
            _update(gain=lambda r, a: r * a),
        ),
        Mistake(
            "Only the clipped part is there. Then an action that got far too likely by mistake is never pulled "
            "back: which of the two is the more cautious?",
            _update(gain=lambda r, a: r.clamp(0.8, 1.2) * a),
        ),
        Mistake(
            "The larger of the two was taken. PPO takes the more cautious one.",
            _update(gain=lambda r, a: torch.maximum(r * a, r.clamp(0.8, 1.2) * a)),
        ),
        Mistake(
            "The sign is the wrong way round: an optimiser makes a loss smaller, and the gain is to grow.",
            _update(sign=1),
        ),
        Mistake(
            "There was one update. PPO takes several on the same batch: `updates` says how many.",
            _update(updates=1),
        ),
        Mistake("There was one update too many, or too few: `updates` says how many.", _update(updates=5)),
        Mistake("There was one update too many, or too few: `updates` says how many.", _update(updates=3)),
        Mistake(
            "The ratio is a difference of logarithms. A ratio of probabilities is its exponential.",
            _update(ratio=lambda now, logp: now - logp),
        ),
        Mistake(
            "The ratio is upside down: the probability now, over the one when the action was taken.",
            _update(ratio=lambda now, logp: (logp - now).exp()),
        ),
        Mistake(
            "Steps after the end of an episode count, too. What is `alive` for?",
            _update(total=lambda gain, alive: gain.sum(1).mean()),
        ),
        Mistake(
            "So it comes out where the ratio is always 1, and nothing is ever clipped: old probabilities that "
            "are asked anew, or log-probabilities in place of the ratio. `logp` was kept when the actions were taken.",
            _update(fresh=True),
        ),
        Mistake(
            "Gradients pile up from update to update. What sets them to zero?",
            _update(zero=False),
        ),
        Mistake(
            "The ratio was clipped to [-clip, clip]. It is 1 when nothing has changed.",
            _update(gain=lambda r, a: torch.minimum(r * a, r.clamp(-0.2, 0.2) * a)),
        ),
        Mistake(
            "The advantage has no say: every action is made likelier, good or bad.",
            _update(gain=lambda r, a: torch.minimum(r, r.clamp(0.8, 1.2))),
        ),
        Mistake(
            "The ratio was clipped and then compared with itself. Multiply by the advantage before you compare: for a "
            "negative one the order turns round.",
            _update(gain=lambda r, a: torch.minimum(r, r.clamp(0.8, 1.2)) * a),
        ),
    ],
)
