"""Ways to take luck apart, right and wrong, of which the check of that build is made."""

from helpers.lessons.lesson05.builds import luck_apart


def sums(first, second, *, no_start=1, no_run=1, one_mean=False):
    """The covariance of the means over runs, that within starts, and the variance of the difference."""
    starts, runs = first.shape
    one, two = first.mean(1), second.mean(1)
    within = ((first - one[:, None]) * (second - two[:, None])).sum()
    within = within / (starts * runs - 1 if one_mean else starts * (runs - no_run))
    means = ((one - one.mean()) * (two - two.mean())).sum() / (starts - no_start)
    return means, within, (first - second).var()


def of_sums(change, **how):
    """A wrong answer: `change(means, within, apart, runs, first, second) -> start, luck, noise`."""

    def answer(first, second):
        return change(*sums(first, second, **how), first.shape[1], first, second)

    return answer


def right_of(means, within, apart, runs, *_):
    """The right three from the sums: start, luck, noise."""
    return means - within / runs, within, apart / 2


def turned(change):
    """The right answer, of which something is changed at the end: `change(start, luck, noise)`."""
    return lambda first, second: change(*luck_apart(first, second))


def of_tables(pick):
    """The right answer to other tables, `pick(first, second)`; the noise is that of these."""

    def answer(first, second):
        start, luck, _ = luck_apart(*pick(first, second))
        return start, luck, luck_apart(first, second)[2]

    return answer


def mean_of_squares(first, second):
    """Start and luck as the mean of what each table gives by itself, its noise left in."""
    one, two, both = luck_apart(first, first), luck_apart(second, second), luck_apart(first, second)
    return (one[0] + two[0]) / 2, (one[1] + two[1]) / 2, both[2]


def about_everything(means, within, apart, runs, first, second):
    """Luck about the mean of all runs, so that the starts are in it."""
    luck = ((first - first.mean()) * (second - second.mean())).sum() / (first.numel() - 1)
    return means - luck / runs, luck, apart / 2


def not_centred(first, second):
    """Luck by means of products less products of means, with no run given up for the mean."""
    _, runs = first.shape
    luck = (first * second).mean() - (first.mean(1) * second.mean(1)).mean()
    return (first.mean(1) * second.mean(1)).mean() - luck / runs, luck, (first - second).var() / 2


def nothing_off(pick, off=1):
    """Variances of a table as they come: of its means, and within its starts."""

    def answer(first, second):
        table = pick(first, second)
        means, within = table.mean(1).var(correction=off), table.var(1, correction=off).mean()
        return means, within, (first - second).var() / 2

    return answer


def noise_off(share, pooled, squares):
    """Right as well: squares, and their share of the noise taken off. pooled: the noise within starts, not over all."""

    def answer(first, second):
        apart = first - second
        noise = (apart.var(1).mean() if pooled else apart.var()) / 2
        start, luck, _ = squares(first, second)
        return start, luck - share * noise, noise

    return answer


def one(first, second):
    """The first measurement alone."""
    return first


def two(first, second):
    """The second measurement alone."""
    return second


def both(first, second):
    """The mean of both measurements."""
    return (first + second) / 2


def squares_of(pick):
    """One table in both places, so that products become its squares."""
    return lambda first, second: (pick(first, second),) * 2


ALSO = [
    noise_off(share, pooled, squares)
    for share, squares in (
        (0.0, luck_apart),
        (1.0, of_tables(squares_of(one))),
        (1.0, of_tables(squares_of(two))),
        (1.0, mean_of_squares),
        (0.5, of_tables(squares_of(both))),
    )
    for pooled in (False, True)
][1:]
