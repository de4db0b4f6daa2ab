"""The check of the second build of lesson 01, a run on a leash: run for 300 steps, and its way looked at."""

import torch

from helpers.core import train
from helpers.kit.checks import Check, Mistake, NotYet, chances_of, tensor_of
from helpers.lessons.lesson01 import builds, experiment
from helpers.lessons.lesson01.settings import problem
from helpers.worlds.bandits import probabilities, total_variation

_STEPS, _LR, _EPISODES = 300, 1.0, 16
_ALIKE = "What if all scores of a batch are alike: is there a division by zero?"
_NO_LEASH = (
    "It ends on the best action alone, as RL does without a leash. Each action's score is its own reward less "
    "beta times its own log of p / reference, p being the policy as it now stands. A price that is the same for all "
    "actions, such as the whole KL, goes with the mean. Look at the signs, too."
)
CHANGED = "Your function changed its input. Make a new value and leave the old one alone."
_RARE, _PAID = torch.tensor([0.9, 0.1]), torch.tensor([0.0, 1.0])


def _ways(function, reference, reward, beta):
    """Where a run ends on average, how much it still moves there, and how fast others get under way."""
    run = lambda *numbers, start=reference, paid=reward, price=beta: _path(
        _called(function, start, paid, price, *numbers), start, numbers[0]
    )
    path, still, again = run(_STEPS, _LR, _EPISODES), run(5, 0.0, _EPISODES), run(3, _LR, _EPISODES)
    if (still - reference).abs().max() > 1e-4:
        raise NotYet("With lr = 0 the policy moved: each step on the logits is lr times the gradient.")
    if (path - reference).abs().max() < 1e-4:
        raise NotYet("The policy never moved: each step begins with the logits that the last one made.")
    if (path[1:4] == again[1:]).all():
        raise NotYet(
            "Two runs took the very same way: nothing was drawn. The actions of a step are drawn from the policy."
        )
    if total_variation(path[0], path[1]) > 0.5:
        raise NotYet(
            "The first step alone leaps across half of all choices. A step is lr times the batch's mean, not the sum."
        )
    _first_steps(run)
    late = path[-100:]
    moves = total_variation(late[1:], late[:-1]).mean()
    begun = torch.stack([run(20, 1.0, 64, start=_RARE, paid=_PAID, price=0.1)[-1] for _ in range(8)])
    return {
        "the end, on average": late.mean(0),
        "how far it still moves (x 20)": 20 * moves,
        "the policy after 20 steps from (0.9, 0.1), paid (0, 1), price 0.1": begun.mean(0),
    }


ON_P = "The step was added to the probabilities. Add it to the logits, and take their softmax."
FEW = "`episodes` makes no difference: a step scatters with 2,000 of them as with few. Draw as many actions as it says."
ADAM = "A step is `lr` times the gradient, not Adam's: with rewards a thousandth as large, the first was as long."


BEFORE = "Row 1 is the start once more: keep the policy as it is *after* each step, the last one included."


def _first_steps(run):
    """One step from (0.9, 0.1), paid (0, 1): is it kept, a plain one, on the logits, of as many episodes as it says?"""
    steps = torch.stack([run(1, 1.0, 2000, start=_RARE, paid=_PAID, price=0.1)[1] for _ in range(8)])
    if (steps - _RARE).abs().max() < 1e-4:
        raise NotYet(BEFORE)
    exact = builds.exact_gradient(_RARE, _PAID)
    on_p, right = (_RARE + exact)[1], (_RARE.log() + exact).softmax(0)[1]
    if abs(steps[:, 1].mean() - on_p) < 0.15 * abs(on_p - right):
        raise NotYet(ON_P)
    if (steps[:, 1] / steps[:, 0]).log().std() > 0.06:
        raise NotYet(FEW)
    small = run(1, 0.5, 50, start=_RARE, paid=_PAID / 1000, price=1e-4)[1]
    if abs((small / _RARE).log().diff().abs().item() - 1.0) < 0.01:  # both logits moved by the rate, apart
        raise NotYet(ADAM)


def _called(function, *inputs):
    given = tuple(one.clone() if isinstance(one, torch.Tensor) else one for one in inputs)
    try:
        found = function(*given)
        if any(not torch.equal(a, b) for a, b in zip(given[:2], inputs, strict=False)):
            raise NotYet(CHANGED)
        return found
    except RuntimeError as error:
        if any(not torch.equal(a, b) for a, b in zip(given[:2], inputs, strict=False)):
            raise NotYet(CHANGED) from error
        if "probability" in str(error) or "Expected parameter" in str(error):
            raise NotYet(f"A probability is NaN or infinite. {_ALIKE}") from error
        raise


def _path(value, reference, steps):
    what = "a policy for the start and for each step"
    value = tensor_of(value, (steps + 1, len(reference)), what, "the start and each step", steps=True)
    value = chances_of(value, _ALIKE)
    if (value[0] - reference).abs().max() > 1e-4:
        raise NotYet(
            "The first row is not the reference: the run begins there, with its logarithm as logits."
        )
    return value


def _run(
    reference,
    reward,
    beta,
    steps,
    lr,
    episodes,
    *,
    price,
    draw=None,
    own=True,
    sign=1.0,
    mean=True,
    std=False,
    late=False,
    attached=False,
):
    logits, path = reference.log(), [reference]
    for _ in range(steps):
        p = logits.softmax(0)
        action = torch.multinomial(p if draw is None else draw, episodes, replacement=True)
        cost, rows = price(p, reference, beta)[action], torch.eye(len(p))[action] - p
        score = reward[action] - cost
        advantage = score - score.mean() if own else score
        if late:
            advantage = reward[action] - reward[action].mean() - cost
        if std:
            advantage = advantage / (score.std() + 1e-4)
        each = advantage[:, None] * rows
        if attached:
            each = each - beta * p.log()[action][:, None] * (rows - rows.mean(0))
        logits = logits + sign * lr * (each.mean(0) if mean else each.sum(0))
        path.append(logits.softmax(0))
    return torch.stack(path)


def _wrong(price=lambda p, ref, beta: beta * (p / ref).log(), **how):
    return lambda reference, *rest: _run(
        reference,
        *rest,
        price=price,
        **{key: value(reference) if key == "draw" else value for key, value in how.items()},
    )


def _lands(function):
    """How near a built run comes to theory and to `train`, on the lesson's own bandit."""
    at = problem(range(40, 44))
    away = builds.to_the_target(function, at, 0.3, seeds=at.seeds)
    mine = away[away.step == away.step.max()].value.mean()
    run = train(at.beginner(), *experiment.arms_on_a_leash(at)["RL, leash"], steps=400, lr=experiment.RATE)
    theirs = total_variation(probabilities(run.policy), at.target(0.3)).mean()
    return f"On the lesson's six actions your run ends {mine:.3f} from the Boltzmann policy, `train` {theirs:.3f}."


check_leashed_run = Check(
    builds.leashed_run,
    cases=[
        (torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.0, 0.5, 1.0]), 0.5),
        (torch.tensor([0.2, 0.4, 0.4]), torch.tensor([1.0, 0.0, 0.4]), 0.4),
    ],
    draw=lambda draws: (
        draws.probabilities(draws.size),
        draws.numbers(draws.size, low=0.0, high=0.2) + torch.arange(draws.size) / draws.size,  # never alike
        draws.one_of([0.4, 0.6, 0.8]),
    ),
    look=_ways,
    tolerance=0.08,
    then=_lands,
    mistakes=[
        *(
            Mistake(_NO_LEASH, _wrong(price))
            for price in (
                lambda p, ref, beta: torch.zeros_like(p),
                lambda p, ref, beta: beta * (ref / p).log(),
            )
        ),
        Mistake(
            "The reference is missing in the price: the log of p alone pulls towards uniform.",
            _wrong(lambda p, ref, beta: beta * p.log()),
        ),
        Mistake(
            "The price was divided by beta. A nat costs beta.",
            _wrong(lambda p, ref, beta: (p / ref).log() / beta),
        ),
        Mistake(
            "Beta is missing in the price: a nat costs beta.", _wrong(lambda p, ref, beta: (p / ref).log())
        ),
        Mistake(
            "The price has no logarithm: it is beta times log(p / reference), not the ratio itself.",
            _wrong(lambda p, ref, beta: beta * p / ref),
        ),
        Mistake(
            "The price is beta times the difference of the probabilities. It must be that of their logarithms.",
            _wrong(lambda p, ref, beta: beta * (p - ref)),
        ),
        Mistake(
            "The actions were drawn from the reference at every step. They must be the policy's own, as it now stands.",
            _wrong(draw=lambda reference: reference),
        ),
        Mistake(
            "The batch's mean score is not subtracted. The run lands near its target, but cannot come to rest there: "
            "each batch still pushes.",
            _wrong(own=False),
        ),
        Mistake(
            "The price was subtracted after the mean. First the score, reward less price; then the mean of the whole.",
            _wrong(late=True),
        ),
        Mistake(
            "The gradient runs through the score, too. The score is a number, not a path for gradients: detach it.",
            _wrong(attached=True),
        ),
        Mistake(
            "The step goes downhill: the logits must move with the gradient, not against it.",
            _wrong(sign=-1.0),
        ),
        Mistake(
            "The advantage was divided by its standard deviation. Near the end all scores are almost alike, and "
            "dividing blows up what is left.",
            _wrong(std=True),
        ),
        Mistake(
            "The weight p was applied to the price. An action pays beta times log(p / reference), whatever its p.",
            _wrong(lambda p, ref, beta: beta * p * (p / ref).log()),
        ),
    ],
)
