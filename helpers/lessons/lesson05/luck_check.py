"""The check of the build "luck apart", with the mistakes that people make in it."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson05 import luck_ways as ways
from helpers.lessons.lesson05.builds import luck_apart, simulated
from helpers.lessons.lesson05.luck_ways import (
    both,
    noise_off,
    nothing_off,
    of_sums,
    of_tables,
    one,
    squares_of,
    turned,
    two,
)

__all__ = ["check_luck_apart"]

TRUTH = {
    "start": 3.0,
    "luck": 2.0,
    "noise": 1.0,
}  # standard deviations of the tables in which an answer is tried
TABLES = 400


def _three(answer, first, second):
    """The three variances by name; those first on which others rest."""
    given = answer(first, second)
    if given is None:
        raise NotYet("Your function returned None. Is a `return` missing?")
    if given is ... or given is NotImplemented:
        raise NotImplementedError
    if isinstance(given, torch.Tensor) and given.shape == (3,):
        given = list(given)
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise NotYet("Three numbers are asked for: `return start, luck, noise`.")
    three = [torch.as_tensor(one).detach().double() for one in given]
    if [one.numel() for one in three] != [1, 1, 1]:
        shapes = ", ".join(str(tuple(one.shape)) for one in three)
        raise NotYet(f"Each of the three is one number, over all starts and runs: got shapes {shapes}.")
    start, luck, noise = (one.reshape(()).float() for one in three)
    return {"luck": luck, "noise": noise, "start": start}


_TWICE = (
    "Noise is taken out once too often. In a product of two measurements it is 0 on average already: the two sets of "
    "mazes have nothing to do with each other."
)
_N = "np.var and `var(correction=0)` divide by n; so does a mean."


def _put_to_use(answer):
    """What it finds in tables whose truth is known."""
    found = []
    for seed in range(TABLES):
        found.append(_three(answer, *simulated(seed, *TRUTH.values())))
    table = {name: torch.stack([one[name] for one in found]) for name in TRUTH}
    means = ", ".join(f"{name} {float(table[name].mean()):.1f}" for name in TRUTH)
    truth = ", ".join(f"{value**2:.0f}" for value in TRUTH.values())
    below = int((table["start"] < 0).sum())
    return (
        f"On {TABLES} tables in which start, luck and noise have {truth} it says on average: {means}. In {below} of "
        "them the start comes out below 0: with six starts an estimate lies far off now and then, on both sides. Cut "
        "off, it would be too large on average."
    )


check_luck_apart = Check(
    luck_apart,
    also=ways.ALSO,
    look=_three,
    then=_put_to_use,
    cases=[
        (
            torch.tensor([[40.0, 44.0], [50.0, 52.0], [60.0, 58.0]]),
            torch.tensor([[43.0, 45.0], [50.0, 54.0], [63.0, 57.0]]),
        ),
        (  # the starts agree more than their luck lets one expect: the start's part comes out below 0
            torch.tensor([[44.0, 57.0, 49.0], [58.0, 47.0, 45.0]]),
            torch.tensor([[46.0, 54.0, 51.0], [55.0, 45.0, 49.0]]),
        ),
    ],
    draw=lambda draws: (
        draws.numbers(draws.size + 1, 1, low=-3.0) + draws.numbers(draws.size + 1, 3),
        draws.numbers(draws.size + 1, 3, low=-1.0),
    ),
    mistakes=[
        Mistake(
            "The mean over the runs from a start still holds their luck, divided by how many they are. Take that off "
            "what the means scatter by.",
            of_sums(lambda means, within, apart, *_: (means, within, apart / 2)),
        ),
        Mistake(
            "All of the luck is taken off what the means scatter by. A mean over several runs holds only a part of it: "
            "how much does the variance of a mean shrink?",
            of_sums(lambda means, within, apart, *_: (means - within, within, apart / 2)),
        ),
        Mistake(
            "That is the start's variance times the number of runs: means squared were multiplied by it, and it was "
            "not divided out in the end.",
            of_sums(lambda means, within, apart, runs, *_: (runs * means - within, within, apart / 2)),
        ),
        Mistake(
            _TWICE,
            of_sums(
                lambda means, within, apart, runs, *_: (
                    means - (within - apart / 2) / runs,
                    within - apart / 2,
                    apart / 2,
                )
            ),
        ),
        Mistake(
            _TWICE,
            turned(lambda start, luck, noise: (start, luck - noise, noise)),
        ),
        Mistake(
            _TWICE,
            turned(lambda start, luck, noise: (start - noise, luck - noise, noise)),
        ),
        Mistake(
            _TWICE,
            of_sums(
                lambda means, within, apart, runs, *_: (
                    means - within / runs - apart / 2 / runs,
                    within,
                    apart / 2,
                )
            ),
        ),
        Mistake(
            "Both factors are from the first measurement: those are squares, and noise is in them. Multiply what a run "
            "has in the first with what it has in the second.",
            of_tables(squares_of(one)),
        ),
        Mistake(
            "Both factors are from the second measurement: those are squares, and noise is in them. Multiply what a "
            "run has in the first with what it has in the second.",
            of_tables(squares_of(two)),
        ),
        Mistake(
            "The squares of both measurements were averaged. All of the noise is still in that: each square holds its "
            "own. Products of the two hold none.",
            ways.mean_of_squares,
        ),
        Mistake(
            "The two measurements were averaged, and then squared. Half of the noise is still in that. Products of the "
            "two hold none.",
            of_tables(squares_of(both)),
        ),
        *[
            Mistake(
                f"Two things at once: {what}, so that noise is in both; and the mean over a start's runs still holds "
                "a part of their luck.",
                nothing_off(pick),
            )
            for what, pick in (
                ("these are squares of one measurement", one),
                ("these are squares of one measurement, the second", two),
                ("these are squares of the two measurements' mean", both),
            )
        ],
        Mistake(
            "Three things at once: squares of one measurement hold noise, a mean over runs holds a part of their luck, "
            f"and it is divided by n. ({_N})",
            nothing_off(one, off=0),
        ),
        Mistake(
            "Noise is taken off the luck, and not off the means: what scatters within a start, noise and all, is in "
            "each mean, divided by the number of runs.",
            lambda first, second: (
                first.mean(1).var()
                - noise_off(1.0, False, of_tables(squares_of(one)))(first, second)[1] / first.shape[1],
                *noise_off(1.0, False, of_tables(squares_of(one)))(first, second)[1:],
            ),
        ),
        Mistake(
            f"Both sums are divided by n. Each start's own mean was taken from its runs, and one mean from the starts: "
            f"n - 1 each time. ({_N})",
            of_sums(ways.right_of, no_start=0, no_run=0),
        ),
        Mistake(
            f"The starts' products are divided by how many starts there are. A mean was taken from them: one less. "
            f"({_N})",
            of_sums(ways.right_of, no_start=0),
        ),
        Mistake(
            f"Within a start it is divided by how many runs there are. Their mean was taken off: one less. ({_N})",
            of_sums(ways.right_of, no_run=0),
        ),
        Mistake(
            "Within starts it is divided by all runs less 1. Not one mean was taken from them, but one for each start.",
            of_sums(ways.right_of, one_mean=True),
        ),
        Mistake(
            "The axes are mixed up: the first one is the start, the second the run. Means over the runs from one start "
            "are `first.mean(1)`.",
            of_tables(lambda first, second: (first.T, second.T)),
        ),
        Mistake(
            "Start and luck stand in each other's place: `return start, luck, noise`.",
            turned(lambda start, luck, noise: (luck, start, noise)),
        ),
        Mistake(
            "Your luck is how all runs lie about the mean of all. What starts differ by is in that: take each start's "
            "own mean from its runs.",
            of_sums(ways.about_everything),
        ),
        Mistake(
            "The products are of what was measured, and not of how far it lies from a mean. Take off, within a start, "
            "its mean, and between starts the mean of all.",
            ways.not_centred,
        ),
        Mistake(
            "These are standard deviations. Variances add up, and those are asked for: no root.",
            turned(lambda start, luck, noise: (start.sqrt(), luck.sqrt(), noise.sqrt())),
        ),
        Mistake(
            "These are standard deviations, with 0 where a variance came out below 0. Variances are asked for, as they "
            "come out.",
            turned(lambda *three: tuple(one.clamp(min=0).sqrt() for one in three)),
        ),
        Mistake(
            "What came out below 0 was cut off. Leave it: an estimate that is right on average falls below a small "
            "truth now and then, and cut off it would be too large on average.",
            turned(lambda *three: tuple(one.clamp(min=0) for one in three)),
        ),
        Mistake(
            "What came out below 0 had its sign taken away. Leave it: an estimate that is right on average falls below "
            "a small truth now and then.",
            turned(lambda *three: tuple(one.abs() for one in three)),
        ),
        Mistake(
            "The difference of two measurements holds the noise of both. The noise of one is half of its variance.",
            turned(lambda start, luck, noise: (start, luck, 2 * noise)),
        ),
        Mistake(
            "That is the noise of the mean of both measurements. Asked for is that of one: half of what their "
            "difference varies by.",
            turned(lambda start, luck, noise: (start, luck, noise / 2)),
        ),
        Mistake(
            "Your noise holds how much higher one set of mazes lies for all runs alike. Take the mean difference off "
            "before you square.",
            lambda first, second: (*luck_apart(first, second)[:2], ((first - second) ** 2).mean() / 2),
        ),
        Mistake(
            f"The noise is divided by n. The mean difference was taken off: n - 1. ({_N})",
            lambda first, second: (*luck_apart(first, second)[:2], (first - second).var(correction=0) / 2),
        ),
        Mistake(
            "Your noise is what is left of the scatter of all runs. They are not apart: runs from one start share it. "
            "The difference of a run's two measurements holds noise alone.",
            lambda first, second: (
                *luck_apart(first, second)[:2],
                first.var() - sum(luck_apart(first, second)[:2]),
            ),
        ),
        Mistake(
            "These are shares of the whole. Asked for are the three variances, in the square of the unit.",
            turned(lambda *three: tuple(one / sum(three) for one in three)),
        ),
    ],
)
