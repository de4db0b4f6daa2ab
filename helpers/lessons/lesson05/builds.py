"""What learners build in lesson 05: the scatter of runs from one start, the forecaster."""

from jaxtyping import Float
from torch import Tensor


def one_start(first: Float[Tensor, "starts runs"], second: Float[Tensor, "starts runs"]) -> Float[Tensor, ""]:
    """The variance among runs from one start, of leans that were measured twice, in two sets of mazes.

    A run's two distances from the mean of its start are multiplied. What only one measurement has is on average 0 in
    the product, what both have is the run's own.
    """
    away, again = (each - each.mean(1, keepdim=True) for each in (first, second))
    starts, runs = first.shape
    return (away * again).sum() / (starts * (runs - 1))


def forecast(
    early: Float[Tensor, "runs"], late: Float[Tensor, "runs"], mine: Float[Tensor, ""]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """How one more run will end whose beginning is `mine`, from how others began and ended: a mean and a width.

    The mean lies on the least-squares line through the others. The width is the standard error of a forecast: what the
    others miss their line by, with n - 2 in the place of n, and wider by how little is known of the line itself, the
    more so the further away from the others' beginnings `mine` lies.
    """
    away = early - early.mean()
    slope = (away * (late - late.mean())).sum() / (away**2).sum()
    missed = late - late.mean() - slope * away
    mean = late.mean() + slope * (mine - early.mean())
    unknown = 1 + 1 / len(early) + (mine - early.mean()) ** 2 / (away**2).sum()
    return mean, ((missed**2).sum() / (len(early) - 2) * unknown).sqrt()
