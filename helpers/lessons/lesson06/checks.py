"""The checks of lesson 06: how often an arm pays, what pulls are worth, an inner learner, one step in a layer."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson06.builds import live, one_step, rate, worth

__all__ = ["check_live", "check_one_step", "check_rate", "check_worth"]

check_rate = Check(
    rate,
    cases=[(torch.tensor([0.0, 3.0, 0.0]), torch.tensor([0.0, 1.0, 2.0]))],
    draw=lambda draws: (draws.whole(draws.size, below=9).float(), draws.whole(draws.size, below=9).float()),
    mistakes=[
        Mistake(
            "That is the share that paid so far. An arm that paid once of once is not sure to pay, and for one that "
            "was never pulled it is 0 over 0. Count one pay and one miss more than there were.",
            lambda paid, missed: paid / (paid + missed),
        ),
        Mistake(
            "One pay more is counted, and one miss more is not: the pulls are 2 more.",
            lambda paid, missed: (paid + 1) / (paid + missed + 1),
        ),
        Mistake(
            "The pulls are 2 more, and the pays are not 1 more.",
            lambda paid, missed: paid / (paid + missed + 2),
        ),
        Mistake(
            "That is how often it misses.",
            lambda paid, missed: (missed + 1) / (paid + missed + 2),
        ),
        Mistake(
            "`missed` is not the number of pulls: pulls are `paid + missed`.",
            lambda paid, missed: (paid + 1) / (missed + 2),
        ),
    ],
)


def _worth(
    paid_1,
    missed_1,
    paid_2,
    missed_2,
    left,
    *,
    pays=1,
    best=max,
    learns=True,
    ahead=True,
    misses=True,
    plain=False,
):
    """`worth` with parts left out."""
    if left == 0:
        return 0.0
    how = {"pays": pays, "best": best, "learns": learns, "ahead": ahead, "misses": misses, "plain": plain}
    counts, values = (paid_1, missed_1, paid_2, missed_2), []
    for arm in (0, 1):
        paid, missed = counts[2 * arm : 2 * arm + 2]
        chance = (
            (paid + 1) / (paid + missed + 2)
            if not plain
            else (paid / (paid + missed) if paid + missed else 0.5)
        )
        later = []
        for out in (0, 1):
            after = list(counts)
            after[2 * arm + out] += learns
            later.append(_worth(*after, left - 1, **how) if ahead else 0.0)
        values.append(chance * (pays + later[0]) + (1 - chance) * later[1] * misses)
    return best(values)


def _greedy(paid_1, missed_1, paid_2, missed_2, left):
    """What is earned by who always pulls the arm with the higher rate."""
    if left == 0:
        return 0.0
    counts = (paid_1, missed_1, paid_2, missed_2)
    rates = [(counts[2 * arm] + 1) / (sum(counts[2 * arm : 2 * arm + 2]) + 2) for arm in (0, 1)]
    arm = int(rates[1] > rates[0])
    paid, missed = ([one + (place == 2 * arm + out) for place, one in enumerate(counts)] for out in (0, 1))
    return rates[arm] * (1 + _greedy(*paid, left - 1)) + (1 - rates[arm]) * _greedy(*missed, left - 1)


check_worth = Check(
    worth,
    cases=[
        (0, 0, 0, 0, 1),
        (0, 0, 0, 0, 3),
        (3, 2, 0, 0, 4),
        (3, 2, 0, 0, 5),
        (1, 3, 0, 1, 3),
        (0, 1, 2, 2, 4),
    ],
    draw=lambda draws: (*draws.whole(4, below=4).tolist(), 2 + int(draws.whole(below=3))),
    mistakes=[
        Mistake(
            "Only the next pull is counted. What can be earned after it belongs to it: `worth` with the new counts "
            "and one pull less.",
            lambda *given: _worth(*given, ahead=False),
        ),
        Mistake(
            "After a pull the counts are as before, so that nothing is ever learned. A pay or a miss is one more of "
            "its kind.",
            lambda *given: _worth(*given, learns=False),
        ),
        Mistake(
            "The pay itself is missing: where the pull pays it is 1, and then what comes after it.",
            lambda *given: _worth(*given, pays=0),
        ),
        Mistake(
            "What comes after a miss is missing. One goes on after a miss, too.",
            lambda *given: _worth(*given, misses=False),
        ),
        Mistake(
            "That is the mean over the two arms. Who does what is best takes the better one: `max`.",
            lambda *given: _worth(*given, best=lambda values: sum(values) / 2),
        ),
        Mistake(
            "It pulls the arm with the higher rate. With more pulls left the other may be worth a look: compute what "
            "each arm is worth with all that comes after it, and take the larger number.",
            lambda *given: _greedy(*given),
        ),
        Mistake("It takes the worse arm.", lambda *given: _worth(*given, best=min)),
        Mistake(
            "The chance that an arm pays is the share that paid so far. With few pulls that is too sure: it is the "
            "`rate` of warm-up 1.",
            lambda *given: _worth(*given, plain=True),
        ),
    ],
)


def _lived(
    weights,
    pays,
    noise,
    *,
    keeps=True,
    bends=True,
    early=False,
    luck=1,
    biased=True,
    leans=True,
    swapped=False,
    other=False,
    blind=False,
):
    """`live` with a part gone wrong."""
    episodes = pays.shape[1]
    memory, seen, pulled = torch.zeros(episodes, len(weights["keep"])), torch.zeros(episodes, 4), []
    for pay, lot in zip(pays, noise, strict=True):
        new = memory @ weights["keep"].T * keeps + seen @ weights["see"].T + weights["bias"] * biased
        new = torch.tanh(new) if bends else new
        read = memory if early else new
        arm = (read @ weights["say"].T + weights["lean"] * leans + lot * luck).argmax(-1)
        told = 1 - arm if other else arm
        paid = pay[torch.arange(episodes), told]
        place = 2 * arm + (paid if swapped else 1 - paid)
        seen = torch.zeros(episodes, 4) if blind else torch.nn.functional.one_hot(place.long(), 4).float()
        memory = new
        pulled.append(arm)
    return torch.stack(pulled)


def _nets(draws):
    hidden, episodes, pulls = 3 + draws.size, 24, 8
    weights = {
        "see": 2 * draws.numbers(hidden, 4, low=-1, high=1),
        "keep": draws.numbers(hidden, hidden, low=-1, high=1),
        "bias": draws.numbers(hidden, low=-1, high=1),
        "say": 2 * draws.numbers(2, hidden, low=-1, high=1),
        "lean": draws.numbers(2, low=-0.6, high=0.6),
    }
    pays = draws.whole(pulls, episodes, 2, below=2).float()
    return weights, pays, draws.numbers(pulls, episodes, 2, low=-0.6, high=0.6)


def _pulls(function, weights, pays, noise):
    """The arms that an answer returns, once they are whole numbers, [pull, episode]."""
    found, meant = function(weights, pays, noise), tuple(pays.shape[:2])
    if found is None or found is ... or found is NotImplemented:
        return found
    if not isinstance(found, torch.Tensor) or found.is_floating_point():
        raise NotYet(
            "Return one tensor of whole numbers: `torch.stack` makes it of a list, and `argmax` gives such."
        )
    if tuple(found.shape) == meant[::-1] != meant:
        raise NotYet("The axes are the other way round: [pull, episode] was asked for.")
    return found


check_live = Check(
    live,
    draw=_nets,
    look=_pulls,
    otherwise=lambda got, expected: (
        "Some pulls differ from those of the net. Follow one episode by hand: new memory from the old one and from "
        "what was seen, choice from the new memory, pay, and what is seen next."
    ),
    mistakes=[
        Mistake(
            "The old memory is forgotten: the new one is made of `keep` times the old one, too.",
            lambda *given: _lived(*given, keeps=False),
        ),
        Mistake(
            "The choice is read out of the old memory. First the memory takes in what was seen, then it is read.",
            lambda *given: _lived(*given, early=True),
        ),
        Mistake("The `tanh` is missing.", lambda *given: _lived(*given, bends=False)),
        Mistake(
            "The noise is missing: add it to the two numbers before `argmax`.",
            lambda *given: _lived(*given, luck=0),
        ),
        Mistake("The noise is taken away. Add it.", lambda *given: _lived(*given, luck=-1)),
        Mistake(
            "`bias` is missing: it belongs to the new memory.", lambda *given: _lived(*given, biased=False)
        ),
        Mistake(
            "`lean` is missing: it belongs to the two numbers.", lambda *given: _lived(*given, leans=False)
        ),
        Mistake(
            "Pay and miss are the wrong way round: place `2 * arm` says that it paid, `2 * arm + 1` that it did not.",
            lambda *given: _lived(*given, swapped=True),
        ),
        Mistake(
            "It is told what the *other* arm would have paid.",
            lambda *given: _lived(*given, other=True),
        ),
        Mistake(
            "What is seen stays empty: after each pull it says which arm was pulled and whether it paid.",
            lambda *given: _lived(*given, blind=True),
        ),
    ],
)

check_one_step = Check(
    one_step,
    cases=[
        (torch.tensor([[1.0, 0.0], [2.0, 1.0]]), torch.tensor([1.0, -1.0]), torch.tensor([0.5, 2.0]), 0.1),
        (torch.tensor([[1.0, 2.0, 0.0]]), torch.tensor([3.0]), torch.tensor([1.0, 1.0, 1.0]), 0.5),
    ],
    draw=lambda draws: (
        draws.numbers(draws.size + 1, draws.size),
        draws.numbers(draws.size + 1),
        draws.numbers(draws.size),
        0.25,
    ),
    mistakes=[
        Mistake(
            "The answers `y` are missing: each is weighed by how alike its question is to the query.",
            lambda x, y, query, size: size * (x @ query).sum(),
        ),
        Mistake("The step size is missing.", lambda x, y, query, size: (y * (x @ query)).sum()),
        Mistake(
            "It is a mean over the examples. The loss is a sum, and so is its gradient.",
            lambda x, y, query, size: size * (y * (x @ query)).mean(),
        ),
        Mistake(
            "The sign is the wrong way round: a step goes *down* the gradient, which is minus y times x at w = 0.",
            lambda x, y, query, size: -size * (y * (x @ query)).sum(),
        ),
        Mistake(
            "Twice too large: the loss is *half* of the squared errors.",
            lambda x, y, query, size: 2 * size * (y * (x @ query)).sum(),
        ),
        Mistake(
            "That is the weights after the step. Asked for is what they say of the query: their product with it.",
            lambda x, y, query, size: size * (y @ x),
        ),
    ],
)
