"""Who chose the actions: data sources `(Policy, Rng) -> Batch`, each a `Source` of `helpers.core.types`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from numbers import Real

import torch

from helpers.checked import fits, function, shape, texts, whole
from helpers.core.advantages import batch_relative, group_relative
from helpers.core.faults import is_out_of_memory
from helpers.core.play import as_world, play
from helpers.core.ports import whole_batch
from helpers.core.streams import Rng
from helpers.core.types import Batch, Grouped, Learns, Player, Writer


class Remembering:
    """A data source whose advantage may learn along: what that has learned is kept with the run."""

    advantage: Callable | None = None

    def state(self) -> dict[str, torch.Tensor]:
        """What has been learned so far, as tensors; nothing where nothing learns."""
        return self.advantage.state() if self._learns() else {}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go back to a `state`; to the beginning if it is empty."""
        if self._learns():
            self.advantage.restore(state)

    def _learns(self):
        """Whether its advantage does; most have no state at all, which is quicker to see, after every step."""
        return hasattr(self.advantage, "state") and isinstance(self.advantage, Learns)


class Rollouts(Remembering):
    """The policy's own episodes in an environment, fresh at every call.

    advantage: `(Batch) -> advantage`. reference: also fill `logp_ref`, for losses with a leash. logp: False leaves
    `logp` out, which `reinforce_loss` and `sft_loss` never read: it is quicker, for a policy that has `choose`.
    Raises TypeError or ValueError if world, numbers and policy do not fit, at the latest when it is first used.
    """

    def __init__(
        self,
        env,
        *,
        episodes: int = 32,
        advantage: Callable | None = batch_relative,
        reference: bool = False,
        logp: bool = True,
    ):
        self.env, self.episodes = as_world(env), whole(episodes, "episodes")
        self.advantage, self.reference, self.logp = as_advantage(advantage), reference, logp

    def __call__(self, policy, rng: Rng) -> Batch:
        """Let the policy act until every episode is over."""
        fits(policy, Player, "the policy", "one that acts in worlds, such as Policy")
        device = policy.device
        noise = rng.gumbel(self.env.horizon, self.episodes, self.env.actions).to(device)
        draw = policy.sample if self.logp else lambda obs, noise: (policy.choose(obs, noise), None)

        def act(state, obs, t):
            try:
                action, logp = draw(obs.to(device), noise[:, t])
            except (RuntimeError, ValueError) as error:
                if t or is_out_of_memory(error):
                    raise
                world = (
                    f"{type(self.env).__name__} with {self.env.features} features, {self.env.actions} actions"
                )
                raise ValueError(f"the policy does not fit the world, {world}: {error}") from error
            return action.cpu(), logp if logp is None else logp.cpu()  # worlds live on the CPU

        return finish(
            play(self.env, self.episodes, act, rng), self.advantage, policy if self.reference else None
        )


class Demonstrations(Remembering):
    """A teacher's episodes in an environment, fresh at every call.

    teacher: `(env, state) -> action`, whole numbers [seed, episode] below `env.actions`.
    With an `advantage`, `reinforce_loss` turns them into reward-weighted imitation.
    Raises TypeError or ValueError if something does not fit, at the latest when it is first used.
    """

    def __init__(self, env, teacher: Callable, *, episodes: int = 32, advantage: Callable | None = None):
        self.env, self.episodes = as_world(env), whole(episodes, "episodes")
        self.teacher = function(teacher, "teacher", "(env, state) -> action")
        self.advantage = as_advantage(advantage)

    def __call__(self, policy, rng: Rng) -> Batch:
        """Let the teacher act; the policy is not asked."""
        act = lambda state, obs, t: (self.teacher(self.env, state), None)
        return finish(play(self.env, self.episodes, act, rng), self.advantage)


class Preferences(Remembering):
    """Recorded pairs, a few drawn at every call: episodes 0, 2, ... of `pairs` were chosen over 1, 3, ...

    `pairs` has one seed (all seeds see it) or as many seeds as the policy. Fills `logp_ref`, which `dpo_loss` needs.
    Raises ValueError on an odd number of episodes.
    """

    def __init__(self, pairs: Batch, *, episodes: int = 32):
        if whole_batch(pairs, "pairs").action.shape[1] % 2 or whole(episodes, "episodes", least=2) % 2:
            raise ValueError(
                f"Preferences needs pairs, chosen then rejected: got {pairs.action.shape[1]} recorded episodes and "
                f"{episodes} at a call; both must be even"
            )
        self.pairs, self.episodes = pairs, episodes

    def __call__(self, policy, rng: Rng) -> Batch:
        """Draw pairs with replacement."""
        pair = 2 * rng.integers(self.pairs.action.shape[1] // 2, self.episodes // 2)
        both = torch.stack([pair, pair + 1], dim=-1).flatten(1).to(policy.device)
        return finish(for_seeds(self.pairs, policy).take(both), None, policy)


class Recorded(Remembering):
    """A fixed set of episodes or texts, a few drawn at every call, none twice in one call.

    batch: what was recorded, with one seed (all seeds see it) or as many seeds as the policy. For texts it is
    `policy.encode(pairs)`, for the best of one's own samples what `BestOfGroup` returned.
    Raises ValueError if fewer were recorded than are drawn.
    """

    def __init__(self, batch: Batch, *, episodes: int = 16):
        if whole_batch(batch, "batch").action.shape[1] < whole(episodes, "episodes"):
            raise ValueError(
                f"Recorded draws {episodes} episodes at a call but was given {batch.action.shape[1]}"
            )
        self.batch, self.episodes = batch, episodes

    def __call__(self, policy, rng: Rng) -> Batch:
        """Draw for each seed."""
        chosen = rng.permutation(self.batch.action.shape[1])[:, : self.episodes]
        return for_seeds(self.batch, policy).take(chosen.to(policy.device))


class Completions(Remembering):
    """A language model's own answers to prompts, scored by a reward function.

    prompts:   user messages; they go through the model's chat template.
    reward:    `(prompts, answers) -> scores`, two lists of equal length to a list of numbers.
    group:     answers to each prompt, at least two; one is enough if you give an `advantage` that does not compare
               them with each other.
    per_call:  prompts drawn at every call, without repeats.
    max_new_tokens: an answer that is longer is cut off there; it then has no end-of-text token.
    Raises TypeError or ValueError if something does not fit, such as a reward function that returns the wrong number of
    scores, or a score that is not a finite number.
    """

    def __init__(
        self,
        prompts: Sequence[str],
        reward: Callable[[list[str], list[str]], Sequence[float]],
        *,
        group: int = 4,
        per_call: int = 4,
        max_new_tokens: int = 24,
        advantage: Callable | None = None,
        reference: bool = False,
    ):
        self.prompts, self.per_call = texts(prompts, "prompts"), whole(per_call, "per_call")
        if len(self.prompts) < per_call:
            raise ValueError(
                f"Completions draws {per_call} prompts at a call but was given {len(self.prompts)}"
            )
        self.reward = function(reward, "reward", "(prompts, answers) -> scores")
        self.group = whole(group, "group", least=2 if advantage is None else 1)
        self.max_new_tokens, self.reference = whole(max_new_tokens, "max_new_tokens"), reference
        self.advantage = as_advantage(group_relative(group) if advantage is None else advantage)

    def __call__(self, policy, rng: Rng) -> Batch:
        """Sample `group` answers to each of `per_call` prompts and score them."""
        return self.with_answers(policy, rng)[0]

    def with_answers(self, policy, rng: Rng) -> tuple[Batch, list[str], list[str]]:
        """The batch, and its prompts and answers as text, seed by seed in the order of the episodes."""
        fits(policy, Writer, "the policy", "a language model, such as StackedLM or PretrainedLM")
        chosen = rng.permutation(len(self.prompts))[:, : self.per_call].repeat_interleave(self.group, dim=1)
        prompts = [[self.prompts[i] for i in row] for row in chosen.tolist()]
        batch = policy.complete(prompts, rng, max_new_tokens=self.max_new_tokens)
        prompts, answers = list(chain(*prompts)), list(chain(*policy.decode(batch)))
        scores = checked_scores(self.reward, prompts, answers).to(batch.logp).view(len(chosen), -1, 1)
        last = batch.mask.sum(-1, keepdim=True) - 1  # the whole reward arrives with the last token
        batch = batch.with_(reward=torch.zeros_like(batch.logp).scatter(-1, last, scores))
        return finish(batch, self.advantage, policy if self.reference else None), prompts, answers


def checked_scores(reward: Callable, prompts: list[str], answers: list[str]) -> torch.Tensor:
    """The scores of a reward function as a tensor [episode]: one finite number for each answer.

    Raises TypeError or ValueError with what it returned instead.
    """
    scores, meant = (
        reward(prompts, answers),
        "the reward function returns a list of numbers, one for each answer",
    )
    if isinstance(scores, str | bytes | Mapping | Real) or not isinstance(scores, Iterable):
        raise TypeError(f"{meant}: got {type(scores).__name__}, {scores!r:.60}")
    scores = list(scores)
    if len(scores) != len(answers):
        raise ValueError(f"{meant}: got {len(scores)} scores for {len(answers)} answers")
    for score, answer in zip(scores, answers, strict=True):
        single = not isinstance(score, str | bytes) and not getattr(score, "shape", ())
        try:
            value = float(score) if single else None
        except (TypeError, ValueError):
            value = None
        if value is None:
            raise TypeError(
                f"{meant}: got {type(score).__name__}, {score!r:.60}, for the answer {answer!r:.60}"
            )
        if not abs(value) < float("inf"):  # false for NaN too
            raise ValueError(
                f"the reward function returned {value} for the answer {answer!r:.60}: it must be a finite number"
            )
    return torch.tensor([float(score) for score in scores])


class BestOfGroup:
    """The best episode of each group of another source: fine-tuning on the best of one's own samples.

    source: a data source with groups of `source.group` neighbouring episodes, such as Completions.
    """

    def __init__(self, source):
        meant = "a data source with groups, such as Completions"
        self.source = fits(source, Grouped, "source", meant)
        whole(source.group, "source.group", least=2)

    def state(self) -> dict[str, torch.Tensor]:
        """What the other source has learned."""
        return self.source.state()

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take the other source back to a `state`."""
        self.source.restore(state)

    def __call__(self, policy, rng: Rng) -> Batch:
        """Sample as the source does, keep one answer for each prompt. ValueError if a group is not whole."""
        batch = self.source(policy, rng)
        if batch.action.shape[1] % self.source.group:
            raise ValueError(
                f"BestOfGroup needs whole groups of {self.source.group} episodes: got {batch.action.shape[1]}"
            )
        best = batch.returns.unflatten(1, (-1, self.source.group)).argmax(-1)
        return batch.take(best + self.source.group * torch.arange(best.shape[1], device=best.device))


def finish(batch: Batch, advantage: Callable | None = None, leash=None) -> Batch:
    """Fill in what the objective needs: `logp_ref` from the reference of the policy `leash`, then the advantage.

    Raises TypeError or ValueError if the advantage is not one number for each step: nothing is broadcast.
    """
    if leash is not None:
        batch = batch.with_(logp_ref=reference_logp(leash, batch))
    if advantage is None:
        return batch
    value = advantage(batch)
    return batch.with_(
        advantage=shape(value, batch.reward.shape, "the advantage", "seed, episode, time").detach()
    )


@torch.no_grad()
def reference_logp(policy, batch: Batch) -> torch.Tensor:
    """Log-probability of a batch's actions under the policy's reference. Raises ValueError if it has none."""
    if policy.reference is None:
        raise ValueError("this policy has no reference yet: `train` sets it to the policy it starts from")
    there = batch.to(policy.device)
    return policy.reference.evaluate(there.obs, there.action).logp.to(batch.obs.device)


def for_seeds(batch: Batch, policy) -> Batch:
    """A recorded batch with one seed, shown to every seed of a policy, on its device.

    Raises ValueError if the numbers of seeds differ.
    """
    seeds = len(policy.seeds)
    if len(batch.action) in (seeds, 1):
        wide = batch.each(lambda value: value.expand(seeds, *value.shape[1:]))
        return wide.with_(seeds=policy.seeds).to(policy.device)
    raise ValueError(
        f"the recorded batch has {len(batch.action)} seeds and the policy {seeds}: they must agree, or be 1"
    )


def as_advantage(advantage):
    """A function `(Batch) -> advantage`, or None."""
    if isinstance(advantage, type):
        raise TypeError(
            f"advantage: got the class {advantage.__name__} itself; make one, {advantage.__name__}(...)"
        )
    return advantage and function(advantage, "advantage", "(Batch) -> advantage[seed, episode, time]")
