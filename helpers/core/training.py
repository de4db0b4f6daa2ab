"""The one training loop: SFT, RL and everything between are arguments of `train`.

It knows no concrete environment and no concrete loss. The data source says who chose the actions, the loss how they
are weighted. What a run keeps stands in `runs`, what may go wrong in `faults`, what is checked in `ports`.
"""

from collections.abc import Callable, Collection, Mapping

from jaxtyping import Float
from torch import Tensor

from helpers.checked import function
from helpers.core import ports
from helpers.core.faults import must_be_finite, weights_must_be_finite
from helpers.core.keeping import Keeping
from helpers.core.runs import Run, begin
from helpers.core.types import Batch
from helpers.stops import Stops


def train(
    start,
    data: Callable,
    loss: Callable,
    *,
    steps: int,
    lr: float,
    probes: Mapping[str, Callable] | None = None,
    probe_every: int | Collection[int] | None = None,
    updates: int = 1,
    clip_norm: float = 1.0,
    stream: int = 0,
) -> Run:
    """Train a copy of `start` and return the run; `start` itself stays as it is.

    start:   a policy, or a Run to be continued.
    data:    `(Policy, Rng) -> Batch`: who chose the actions.
    loss:    `(Evaluation, Batch) -> loss[seed]`: how they are weighted.
    steps:   training steps, that is batches drawn; with each of them Adam makes `updates` steps of size `lr`.
    probes:  name -> `(Policy) -> value[seed]`, measured before the first step, at the end, and every `probe_every`
             steps or at the steps that it lists; a probe may also return a dict, metric -> value[seed].
    clip_norm: each seed's gradient is shortened to this norm.
    stream:  another number, below 1000, gives other random draws for the same seeds.
    The history also has, at every step, the batch's mean "reward" (the return of an episode) and the "loss".

    A run that is returned is complete. A stop raises Interrupted; what goes wrong after the first step (a number that
    is none, a reward function that raises, too little memory) raises TrainingStopped. Both carry `.run`, with the last
    good policy: `train(unfinished(), ...)` goes on to the same numbers. An error in the first step comes as it is.
    Raises TypeError or ValueError, with shapes, if a part does not fit.

    What others call it:
                              TRL (GRPOConfig)         Stable-Baselines3 PPO   CleanRL ppo.py
      lr                      learning_rate            learning_rate           learning_rate
      updates                 num_iterations           n_epochs                update_epochs
      clip_norm               max_grad_norm            max_grad_norm           max_grad_norm
      steps                   max_steps / updates      total_timesteps / n     total_timesteps / n
      group (Completions)     num_generations          -                       -
      per_call (Completions)  prompts in a batch       -                       -
      max_new_tokens (same)   max_completion_length    -                       -
      episodes (Rollouts)     -                        n_envs, and n_steps     num_envs, and num_steps
      clip (ppo_loss)         epsilon                  clip_range              clip_coef
      beta (grpo_loss)        beta                     -                       -
      gamma, lam (GAE)        -                        gamma, gae_lambda       gamma, gae_lambda
    n is the steps in a batch. They cut a batch into mini-batches (batch_size, num_minibatches); here it stays whole.
    """
    source, loss = ports.as_source(data), function(loss, "loss", "(Evaluation, Batch) -> loss[seed]")
    settings = ports.as_settings(lr=lr, stream=stream, updates=updates, clip_norm=clip_norm)
    first, end, due = ports.as_steps(ports.as_start(start), steps, probe_every)
    probes = ports.as_probes(probes)

    with Stops() as stops, Keeping(begin(start, settings), start, source, end, stops) as keep:
        policy, optimiser, rng = keep.run.policy, keep.run.state["optimiser"], keep.run.state["rng"]
        if due(first) and not keep.measured_here():
            keep.measure(probes)
        for step in range(first, end):
            with stops.welcome():  # here, and where probes measure, a stop comes in
                batch = ports.checked_batch(source(policy, rng), policy)
            losses = [update(policy, optimiser, loss, batch, clip_norm) for _ in range(updates)]
            weights_must_be_finite(policy, f"after step {step + 1}")
            keep.step(batch, losses[0])
            if due(step + 1):
                keep.measure(probes)
    return keep.run


def update(policy, optimiser, loss, batch: Batch, clip_norm: float) -> Float[Tensor, "seed"]:
    """One optimiser step on a batch; returns the loss before it."""
    now = policy.evaluate(batch.obs, batch.action)
    value = ports.checked_loss(loss(now, batch), policy)
    must_be_finite("loss", value, policy.seeds, now, batch)
    optimiser.zero_grad()
    value.sum().backward()  # a sum over seeds is right because Adam works number by number
    norm = policy.clip_gradients(clip_norm)
    must_be_finite("gradient", norm, policy.seeds, now, batch)
    optimiser.step()
    optimiser.zero_grad()
    return value.detach()
