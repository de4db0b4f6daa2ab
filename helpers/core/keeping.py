"""What is kept of a run while it is trained, so that nothing is lost whatever goes wrong."""

import time
from collections.abc import Callable, Mapping

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import faults
from helpers.core.adam import moments, set_moments
from helpers.core.ports import measured
from helpers.core.progress import progress
from helpers.core.runs import Run, joined
from helpers.core.types import Batch, Source
from helpers.stops import Stops


class Keeping:
    """Keeps what a run has reached: after every whole step the policy, Adam's moments, the random streams, the critic.

    As a context around a training loop: whatever ends the loop, the run is what the last whole step left, its history
    is joined. Then it raises `Interrupted` or `TrainingStopped` with the run;
    an error in the first step comes out as it is.
    """

    def __init__(self, run: Run, start, source: Source, end: int, stops: Stops):
        self.run, self.start, self.source, self.stops = run, start, source, stops
        self.first, self.end = run.steps, end
        self.measured, self.earns, self.began = [], False, time.perf_counter()
        source.restore(run.state["data"])
        self.bar = progress(end - run.steps, "training", "step")
        self._keep()

    def step(self, batch: Batch, loss: Float[Tensor, "seed"]) -> None:
        """One more training step is whole: record it and keep what it has reached."""
        earned = batch.returns.mean(1)
        self.record({"reward": earned, "loss": loss})
        self.run.settings["steps"] += 1
        self._keep()
        self.earns = self.earns or bool(earned.any())
        paid = {"reward": earned} if self.earns else {}  # texts to be copied earn nothing
        told = {**paid, "loss": loss}
        self.bar.set_postfix({name: f"{one.mean():.3f}" for name, one in told.items()}, refresh=False)
        self.bar.update()

    def measure(self, probes: Mapping[str, Callable]) -> None:
        """Measure all probes where the run stands: all of them are recorded, or none. A stop comes in meanwhile.

        Raises ValueError where one has changed the policy's weights: the training would go on from others.
        """
        with self.stops.welcome():
            values = measured(probes, self.run.policy)
        now = self.run.policy.state_dict()
        if not all(torch.equal(value, now[name]) for name, value in self.good[0].items()):
            raise ValueError(
                "a probe has changed the weights of the policy that it measures: let it work on `policy.clone()`"
            )
        self.record(values)

    def measured_here(self) -> bool:
        """Whether the run has measurements where it stands, from its first part."""
        return bool((self.run.history.step == self.run.steps).any())

    def record(self, values: Mapping[str, Float[Tensor, "seed"]]) -> None:
        """Add measured values to the history, at the step where the run stands."""
        self.measured += [(self.run.steps, metric, value.tolist()) for metric, value in values.items()]

    def _keep(self):
        run = self.run
        self.good = (
            {name: value.clone() for name, value in run.policy.state_dict().items()},
            moments(run.state["optimiser"]),
            run.state["rng"].state(),
            self.source.state(),
        )

    def _back(self):
        """What an unfinished step has changed, drawn and learned, it will change, draw and learn again."""
        weights, remembered, drawn, learned = self.good
        self.run.policy.load_state_dict(weights)
        set_moments(self.run.state["optimiser"], remembered)
        self.run.state["optimiser"].zero_grad()
        self.run.state["rng"].restore(drawn)
        self.source.restore(learned)

    def __enter__(self) -> "Keeping":
        return self

    def __exit__(self, kind, error, trace) -> None:
        run = self.run
        self.bar.close()
        if error is not None:
            self._back()
        run.state["data"] = self.good[3]
        filled = [frame for frame in (run.history, joined(self.measured, run.policy.seeds)) if len(frame)]
        run.history = pd.concat(filled, ignore_index=True) if filled else run.history
        run.settings["seconds"] += time.perf_counter() - self.began
        if error is None:
            faults.taken_up(self.start)
            self.stops.late = self._late
        elif isinstance(error, KeyboardInterrupt):
            run.stopped = self._reached("interrupted")
            raise self._left(faults.Interrupted(f"{run.stopped}. {self._go_on()}", run)) from None
        elif isinstance(error, Exception) and run.steps > self.first:
            run.stopped = f"{self._reached('stopped')}: {faults.in_words(error)}"
            raise self._left(faults.TrainingStopped(f"{run.stopped}. {self._go_on()}", run)) from error
        elif faults.is_out_of_memory(error):
            raise MemoryError(faults.out_of_memory(error)) from error

    def _late(self) -> faults.Interrupted:
        words = f"a stop came when all {self.end} steps were done: `unfinished()` is the complete run"
        return self._left(faults.Interrupted(words, self.run))

    def _reached(self, how: str) -> str:
        last = ", before the last measurement" if self.run.steps == self.end else ""
        return f"{how} after {self.run.steps} of {self.end} steps{last}"

    def _go_on(self) -> str:
        left = self.end - self.run.steps
        return f"Nothing is lost: `unfinished()` is the run so far, `train(unfinished(), ..., steps={left})` goes on"

    def _left(self, said):
        faults.taken_up(self.start)
        faults.leave(self.run)
        return said
