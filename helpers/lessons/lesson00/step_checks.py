"""The checks of what is built in lesson 00: one batch of RL, one batch of SFT. What a step did is seen in `watched`."""

from dataclasses import replace

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson00 import by_hand
from helpers.lessons.lesson00.watched import Seen, watch
from helpers.lessons.lesson00.weighings import RL_RIGHT, RL_WRONG, SFT_RIGHT, SFT_WRONG


def places(draws):
    """Places of agents and coins, never the same, all over a corridor whose width grows from draw to draw."""
    cells = 3 + draws.size
    agent = draws.whole(4 * draws.size, below=cells)
    return agent, (agent + 1 + draws.whole(4 * draws.size, below=cells - 1)) % cells


NOTHING = (
    "The network stays as it is: `loss.backward()` is missing, or `zero_grad()` wiped what it had found. The order is "
    "zero, backward, step."
)
FLAT = (
    "Your loss is zero, whatever the network does. Is a weight 0? Or were means taken before weight and summed log p "
    "were multiplied, episode by episode?"
)
KEPT = "The gradient of the batch before was followed once more: `optimiser.zero_grad()` is missing."
OTHER = (
    "The step did not go down the loss of the moves that were walked. Is `log_prob` asked about the very move that "
    "`world.walk` gets, and its sum, times reward less mean reward, averaged over episodes?"
)


def _followed(seen: Seen, right, wrong: dict, other: str):
    """Nothing if one of the right losses was followed; else what was followed instead, in a sentence."""
    if any(seen.followed(loss(seen)) for loss in right):
        return
    if not seen.gradient.any():
        raise NotYet(FLAT if seen.led else NOTHING)
    for says, loss in wrong.items():
        if seen.followed(loss(seen)):
            raise NotYet(says)
    if seen.kept.any():
        alone = replace(seen, gradient=seen.gradient - seen.kept)
        if not alone.gradient.any():
            raise NotYet(NOTHING)
        if any(alone.followed(loss(alone)) for loss in right):
            raise NotYet(KEPT)
    raise NotYet(other)


def _returned(seen: Seen):
    """What a step says was earned."""
    try:
        said = float(seen.returned)
    except (TypeError, ValueError, RuntimeError) as error:
        raise NotYet(
            "Return the mean reward, one number: the share of episodes that found the coin."
        ) from error
    if not abs(said - float(seen.reward.mean())) < 1e-4:
        raise NotYet(
            f"It returned {said:.2f}, but {seen.reward.sum():.0f} of {len(seen.reward)} episodes found the coin: "
            "return the mean reward."
        )


def _drawn(seen: Seen):
    """Whether the moves were drawn from the network's chances; many episodes are needed to tell."""
    right = seen.chances()[..., 1].exp().detach()[seen.playing]
    action = seen.action[seen.playing].float()
    if torch.equal(action, (right > 0.5).float()):
        raise NotYet("The likeliest move was always taken, so nothing new is tried: draw from the chances.")
    spread = right * (1 - right)
    for weight in (torch.ones_like(right), right - 0.5):
        off = ((action - right) * weight).sum() / (spread * weight.square()).sum().sqrt().clamp(min=1e-9)
        if abs(float(off)) > 6:
            some = right > 0.5 if (right > 0.5).any() else right <= 0.5
            raise NotYet(
                f"Where the network gave a step to the right a chance of {right[some].mean():.2f}, it was taken in "
                f"{action[some].mean():.0%} of all moves: draw each move from its own chances."
            )
    for now, played, chance in zip(
        seen.action, seen.playing, seen.chances()[..., 1].exp().detach(), strict=True
    ):
        off = (now - chance)[played].sum() / (chance * (1 - chance))[played].sum().sqrt().clamp(min=1e-9)
        if played.sum() > 100 and abs(float(off)) > 6:
            raise NotYet("All episodes made the same move at the same time: draw one for each of them.")


MANY = 100  # episodes, from which on chances can be told


def _rl_look(step, cells, moves, agent, coin, scale):
    seen = watch(step, cells, moves, agent, coin, scale)
    _followed(seen, RL_RIGHT, RL_WRONG, OTHER)
    _returned(seen)
    if len(agent) > MANY:
        _drawn(seen)
    return True


def _sft_look(step, cells, moves, agent, coin, scale):
    seen = watch(step, cells, moves, agent, coin, scale)
    _taught(seen)
    _followed(seen, SFT_RIGHT, SFT_WRONG, SFT_OTHER)
    _returned(seen)
    return True


NULL_ARM = (
    "The network's own moves, all weighted alike, pull nowhere. In SFT the teacher moves: towards the coin."
)
ALWAYS = (
    "This teacher always walks {}, wherever the coin is. Or is it the network that chooses? In SFT a teacher moves: "
    "towards the coin."
)
SFT_OTHER = (
    "The step did not go down the loss of the teacher's moves. Is `log_prob` asked about the very move that "
    "`world.walk` gets, and is every move's weight 1?"
)


def _taught(seen: Seen):
    """Whether a teacher made the moves that count."""
    towards = (seen.coin > seen.agents).long()
    wrong = (seen.action != towards) & seen.playing
    if not wrong.any():
        return
    own = seen.action[seen.playing]
    if not (towards != seen.action)[~wrong & seen.playing].any() and (wrong == seen.playing).all():
        raise NotYet("The teacher walks away from every coin. 1 is a step to the right.")
    if (own == 1).all() or (own == 0).all():
        raise NotYet(ALWAYS.format("right" if own[0] else "left"))
    if torch.equal(seen.action[seen.playing], seen.outputs().argmax(-1)[seen.playing]):
        raise NotYet(
            "The network's likeliest move was taken. In SFT the teacher moves: a step towards the coin."
        )
    far = (seen.coin - seen.agents) != 1  # a teacher who is off by one goes wrong in front of a coin alone
    if seen.followed(-seen.logp().sum(0).mean()) and (wrong & far).any():
        raise NotYet(NULL_ARM)
    move, episode = map(int, wrong.nonzero()[0])
    said = "right" if seen.action[move, episode] else "left"
    raise NotYet(
        f"With the agent in cell {seen.agents[move, episode]} and the coin in cell {seen.coin[episode]} the move was "
        f"to the {said}. In SFT the teacher moves: a step towards the coin."
    )


def _batch(draws):
    """A corridor, and agents and coins in it: all sizes are drawn anew."""
    agent, coin = places(draws)
    return 3 + draws.size, 2 + draws.size, agent, coin, 1.0 + draws.size


def _rows(*pairs):
    return torch.tensor([a for a, _ in pairs]), torch.tensor([c for _, c in pairs])


STEPS = [  # cells, moves, agents, coins, how sure the network is
    (5, 3, *_rows((1, 3), (2, 1), (0, 1), (3, 4), (4, 0)), 1.0),
    (7, 4, *_rows((2, 5), (3, 1), (5, 6), (0, 4), (1, 2), (6, 2)), 3.0),
    (6, 2, *_rows((0, 5), (5, 0), (1, 5)), 1.0),  # nobody gets there: all rewards are alike
    (5, 4, *_rows((1, 2), (3, 2), (2, 3), (1, 3)), 400.0),  # quite sure of its moves
    (9, 3, torch.arange(400) % 8, torch.full((400,), 8), 4.0),  # many, so that chances can be told
]


def _variant(act=None, loss=None, order="zero backward step"):
    """A step that acts, weighs or ends in another way than it should."""

    def step(net, optimiser, world, agent, coin):
        logp, steps = torch.zeros(len(agent)), {"zero": optimiser.zero_grad, "step": optimiser.step}
        for _ in range(world.moves):
            playing = agent != coin
            chances = torch.distributions.Categorical(logits=net(world.see(agent, coin)))
            action = chances.sample() if act is None else act(chances, agent, coin)
            logp = logp + playing * chances.log_prob(action)
            agent = torch.where(playing, world.walk(agent, action), agent)
        reward = (agent == coin).float()
        value = loss(reward, logp)
        for name in order.split():
            (value.backward if name == "backward" else steps[name])()
        return reward.mean().item()

    return step


def _says(text, table=RL_WRONG):
    return next(says for says in table if says.startswith(text))


def _weighted(reward, logp):
    return -((reward - reward.mean()) * logp).mean()


def _alike(reward, logp):
    return -logp.mean()


check_rl_step = Check(
    by_hand.rl_step,
    cases=STEPS,
    draw=_batch,
    look=_rl_look,
    mistakes=[
        Mistake(_says("The wrong way"), _variant(loss=lambda reward, logp: -_weighted(reward, logp))),
        Mistake(
            _says("The weights are the rewards"), _variant(loss=lambda reward, logp: -(reward * logp).mean())
        ),
        Mistake(_says("Every move weighs"), _variant(loss=_alike)),
        Mistake(_says("The step is that"), _variant(loss=lambda r, logp: _weighted(r, logp) * len(logp))),
        Mistake(KEPT, _variant(loss=_weighted, order="backward step")),
        Mistake(NOTHING, _variant(loss=_weighted, order="backward zero step")),
    ],
)
check_sft_step = Check(
    by_hand.sft_step,
    cases=STEPS,
    draw=_batch,
    look=_sft_look,
    mistakes=[
        Mistake(NULL_ARM, _variant(loss=_alike)),
        Mistake(
            _says("The wrong way", SFT_WRONG),
            _variant(lambda _, agent, coin: (coin > agent).long(), lambda reward, logp: logp.mean()),
        ),
        Mistake(
            ALWAYS.format("right"),
            _variant(lambda _, agent, coin: torch.ones_like(agent), _alike),
        ),
    ],
)
