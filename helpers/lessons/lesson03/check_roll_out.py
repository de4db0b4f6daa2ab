"""The check of a roll-out: whatever was drawn, what was returned must be what was done and seen."""

import torch
from torch import nn

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson03 import single


class _Watched:
    """A small world that notes what it was asked: a walk on a line, which ends at 0 and pays at 6."""

    features, actions = 3, 2

    def __init__(self, horizon):
        self.horizon, self.starts, self.asked = horizon, 0, []

    def reset(self, episodes):
        """Where episodes begin, anywhere on the line."""
        self.starts, self.asked = self.starts + 1, []
        return 1 + torch.arange(episodes) % 5

    def observe(self, state):
        """Three numbers that tell the place."""
        return torch.stack([state / 6, (state > 3).float(), torch.ones(len(state))], dim=1)

    def step(self, state, action):
        """One place to the left or right. Raises NotYet for what is no action of each episode."""
        if action.shape != state.shape or action.dtype != torch.int64:
            raise NotYet(
                f"The world takes one whole number for each episode: {tuple(state.shape)}, got "
                f"{tuple(action.shape)} of {action.dtype}."
            )
        after = state + 2 * action - 1
        over = (after <= 0) | (after >= 6)
        self.asked.append((state, action, (after >= 6).float(), over))
        return after, (after >= 6).float(), over


_GREEDY = "The likeliest action was always taken. An agent that never tries the other learns nothing: draw."
_TWICE = "The world was set to its start more than once. One batch of episodes, from `reset` to the end."
_FIVE = "A roll-out returns five tensors: obs, action, logp, reward, alive."


def _rolled(function, net, horizon, episodes):
    """What a roll-out is held against: whatever was drawn, these must hold."""
    world = _Watched(horizon)
    got = function(net, world, episodes)
    with torch.no_grad():
        return _held(got, world, net, episodes, function)


def _held(got, world, net, episodes, function):
    if got is None or got is ... or got is NotImplemented:
        return got
    if not isinstance(got, tuple | list) or len(got) != 5:
        raise NotYet(_FIVE)
    obs, action, logp, reward, alive = got
    if world.starts != 1:
        raise NotYet(
            "The world was set to its start more than once. One batch of episodes, from `reset` to the end."
        )
    states, actions, rewards, overs = (torch.stack(each, dim=1) for each in zip(*world.asked, strict=True))
    steps = states.shape[1]
    going = torch.cat([torch.ones(episodes, 1, dtype=torch.bool), ~overs.cummax(1).values[:, :-1]], dim=1)
    if steps < world.horizon and bool((going[:, -1] & ~overs[:, -1]).any()):
        raise NotYet(
            f"The roll-out stops after {steps} of {world.horizon} steps while episodes are still going on."
        )
    if steps > world.horizon:
        raise NotYet(
            f"The roll-out makes {steps} steps; an episode has at most {world.horizon} here. `world.horizon` says how "
            "many, and other worlds have another."
        )
    for name, tensor in zip(("obs", "action", "logp", "reward", "alive"), got, strict=True):
        axes = 3 if name == "obs" else 2
        fits = (
            isinstance(tensor, torch.Tensor) and tensor.ndim == axes and tensor.shape[:2] == (episodes, steps)
        )
        if not fits:
            shape = tuple(tensor.shape) if isinstance(tensor, torch.Tensor) else type(tensor).__name__
            raise NotYet(f"`{name}` has the shape [episodes, steps], here {(episodes, steps)}: got {shape}.")
    if logp.requires_grad:
        raise NotYet(
            "Gradients hang on `logp`. It says how likely an action was when it was taken, and stays as it is: "
            "act inside `torch.no_grad()`."
        )
    if torch.allclose(logp.float(), rewards * going) and not torch.allclose(reward.float(), rewards * going):
        raise NotYet(
            "The third of the five is what was earned. The order is obs, action, logp, reward, alive."
        )
    obs, action, logp, reward, alive = (tensor.clone() for tensor in (obs, action, logp, reward, alive))
    if not torch.equal(action, actions):
        raise NotYet("The actions you return are not those that the world was given.")
    seen = torch.stack([world.observe(state) for state in states.unbind(1)], dim=1)
    if not torch.allclose(obs.float(), seen):
        raise NotYet("`obs` is what the network saw *before* each move, not after it.")
    if alive.dtype != torch.bool:
        raise NotYet("`alive` is true or false: a tensor of torch.bool.")
    if torch.equal(alive, going & ~overs) and not torch.equal(
        alive, going
    ):  # where none ends, both are right
        raise NotYet(
            "The step that ends an episode counts: it earned the reward. `alive` turns false after it."
        )
    if torch.equal(alive, alive[:, :1].expand_as(alive)) and not torch.equal(alive, going):
        raise NotYet(
            "All steps of `alive` are the same. Either it never changes, or it was changed in place after it was kept: "
            "`alive = alive & ~over` makes a new tensor, and `alive &= ~over` does not."
        )
    if not torch.equal(alive, going):
        raise NotYet(
            "`alive` says whether an episode was still going on: true up to the step that ends it, false after."
        )
    if torch.allclose(reward, rewards) and not torch.allclose(rewards, rewards * going):
        raise NotYet(
            "Rewards after the end of an episode were kept. An episode that is over earns nothing more."
        )
    if not torch.allclose(reward.float(), rewards * going):
        raise NotYet("`reward` is what each step earned while the episode was still going on.")
    expected = net(obs).log_softmax(-1)
    likeliest = expected.argmax(-1)
    if bool((action == likeliest).all()) and episodes > 100:
        raise NotYet(_GREEDY)
    taken = expected.gather(-1, action[..., None])[..., 0]
    if torch.allclose(logp, taken.exp(), atol=1e-4):
        raise NotYet("These are probabilities. Keep their logarithms.")
    if not torch.allclose(logp, taken, atol=1e-4) and episodes > 100:
        raise NotYet("`logp` is the log-probability, by the network's softmax, of the action that was taken.")
    share, meant = (action == likeliest).float().mean(), expected.exp().amax(-1).mean()
    if episodes > 100 and abs(share - meant) > 0.06:
        raise NotYet(
            f"The network gives its likeliest action {float(meant):.2f} on average, and it was taken in "
            f"{float(share):.2f} of all steps. Draw actions with the network's own probabilities."
        )
    if episodes > 100 and torch.equal(function(net, _Watched(world.horizon), episodes)[1], action):
        raise NotYet(
            "Two roll-outs in a row drew the same actions, so that all batches would be alike: a seed is set inside. "
            "Who calls the function sets one, once."
        )
    return True


def _lopsided(seed):
    """A net that prefers one of two actions, by about three to one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    with torch.no_grad():
        net[2].bias.copy_(torch.tensor([0.0, 1.1]))
    return net


def _drawn(draws):
    """Another net, another horizon: shorter and longer than in the cases that stand, and at last as many episodes."""
    horizon, episodes = {2: (4, 5), 3: (6, 7), 5: (7, 400)}[draws.size]
    return _lopsided(int(draws.whole(below=10**6))), horizon, episodes


class _Sure(nn.Module):
    """A net that is certain of what it finds likeliest."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, obs):
        """Logits so far apart that nothing else is ever drawn."""
        return 1e4 * self.net(obs)


check_roll_out = Check(
    single.roll_out,
    cases=[(_lopsided(0), 5, 3), (_lopsided(1), 5, 400)],
    draw=_drawn,
    look=_rolled,
    mistakes=[
        Mistake(_FIVE, lambda net, world, episodes: single.roll_out(net, world, episodes)[:3]),
        Mistake(_TWICE, lambda net, world, n: (world.reset(n), single.roll_out(net, world, n))[1]),
        Mistake(_GREEDY, lambda net, world, n: single.roll_out(_Sure(net), world, n)),
    ],
)
