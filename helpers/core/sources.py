"""Who chose the actions: data sources `(Policy, Rng) -> Batch`."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import torch

from helpers.core.advantages import batch_relative, group_relative
from helpers.core.types import Batch, Rng, World


class Remembering:
    """A data source whose advantage may learn along: what it has learned is kept with the run."""

    advantage: Callable | None

    def state(self) -> dict[str, torch.Tensor]:
        """What has been learned so far, as tensors."""
        return self.advantage.state() if hasattr(self.advantage, "state") else {}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go back to a `state`; to the beginning if it is empty."""
        if hasattr(self.advantage, "restore"):
            self.advantage.restore(state)


class Rollouts(Remembering):
    """The policy's own episodes in an environment, fresh at every call.

    advantage: `(Batch) -> advantage`. reference: also fill `logp_ref`, for losses with a leash.
    """

    def __init__(
        self, env, *, episodes: int = 32, advantage: Callable | None = batch_relative, reference: bool = False
    ):
        self.env, self.episodes, self.advantage, self.reference = env, episodes, advantage, reference

    def __call__(self, policy, rng: Rng) -> Batch:
        """Let the policy act until every episode is over."""
        noise = rng.gumbel(self.env.horizon, self.episodes, self.env.actions).to(policy.device)

        def act(state, obs, t):
            action, logp = policy.sample(obs.to(policy.device), noise[:, t])
            return action.cpu(), logp.cpu()  # worlds live on the CPU, wherever the policy does

        return finish(
            play(self.env, self.episodes, act, rng), self.advantage, policy if self.reference else None
        )


class Demonstrations(Remembering):
    """A teacher's episodes in an environment, fresh at every call.

    teacher: `(env, state) -> action`. With an `advantage`, `reinforce_loss` turns them into reward-weighted imitation.
    """

    def __init__(self, env, teacher: Callable, *, episodes: int = 32, advantage: Callable | None = None):
        self.env, self.teacher, self.episodes, self.advantage = env, teacher, episodes, advantage

    def __call__(self, policy, rng: Rng) -> Batch:
        """Let the teacher act; the policy is not asked."""
        act = lambda state, obs, t: (self.teacher(self.env, state), None)
        return finish(play(self.env, self.episodes, act, rng), self.advantage)


class Preferences:
    """Recorded pairs, a few drawn at every call: episodes 0, 2, ... of `pairs` were chosen over 1, 3, ...

    `pairs` has one seed (all seeds see it) or as many seeds as the policy. Fills `logp_ref`, which `dpo_loss` needs.
    Raises ValueError on an odd number of episodes.
    """

    def __init__(self, pairs: Batch, *, episodes: int = 32):
        if pairs.action.shape[1] % 2 or episodes % 2:
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


class Recorded:
    """A fixed set of episodes or texts, a few drawn at every call, none twice in one call.

    batch: what was recorded, with one seed (all seeds see it) or as many seeds as the policy. For texts it is
    `policy.encode(pairs)`, for the best of one's own samples what `BestOfGroup` returned.
    """

    def __init__(self, batch: Batch, *, episodes: int = 16):
        if batch.action.shape[1] < episodes:
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
    group:     answers to each prompt; `advantage` compares them with each other unless you give another one.
    per_call:  prompts drawn at every call, without repeats.
    max_new_tokens: an answer that is longer is cut off there; it then has no end-of-text token.
    Raises ValueError if the reward function returns the wrong number of scores, or a score that is not a finite number.
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
        if len(prompts) < per_call:
            raise ValueError(f"Completions draws {per_call} prompts at a call but was given {len(prompts)}")
        self.prompts, self.reward, self.group, self.per_call = list(prompts), reward, group, per_call
        self.max_new_tokens, self.reference = max_new_tokens, reference
        self.advantage = advantage or group_relative(group)

    def __call__(self, policy, rng: Rng) -> Batch:
        """Sample `group` answers to each of `per_call` prompts and score them."""
        return self.with_answers(policy, rng)[0]

    def with_answers(self, policy, rng: Rng) -> tuple[Batch, list[str], list[str]]:
        """The batch, and its prompts and answers as text, seed by seed in the order of the episodes."""
        chosen = rng.permutation(len(self.prompts))[:, : self.per_call].repeat_interleave(self.group, dim=1)
        prompts = [[self.prompts[i] for i in row] for row in chosen.tolist()]
        batch = policy.complete(prompts, rng, max_new_tokens=self.max_new_tokens)
        prompts, answers = list(chain(*prompts)), list(chain(*policy.decode(batch)))
        scores = checked_scores(self.reward, prompts, answers).to(batch.logp).view(len(chosen), -1, 1)
        last = batch.mask.sum(-1, keepdim=True) - 1  # the whole reward arrives with the last token
        batch = batch.with_(reward=torch.zeros_like(batch.logp).scatter(-1, last, scores))
        return finish(batch, self.advantage, policy if self.reference else None), prompts, answers


def checked_scores(reward: Callable, prompts: list[str], answers: list[str]) -> torch.Tensor:
    """The scores of a reward function as a tensor [episode]; ValueError if they are too few, too many or not finite."""
    scores = list(reward(prompts, answers))
    if len(scores) != len(answers):
        raise ValueError(f"the reward function returned {len(scores)} scores for {len(answers)} answers")
    for score, answer in zip(scores, answers, strict=True):
        if not abs(float(score)) < float("inf"):  # false for NaN too
            raise ValueError(
                f"the reward function returned {score} for the answer {answer!r}: it must be a finite number"
            )
    return torch.tensor([float(score) for score in scores])


class BestOfGroup:
    """The best episode of each group of another source: fine-tuning on the best of one's own samples.

    source: a data source with groups of `source.group` neighbouring episodes, such as Completions.
    """

    def __init__(self, source: Callable):
        self.source = source

    def __call__(self, policy, rng: Rng) -> Batch:
        """Sample as the source does, keep one answer for each prompt."""
        batch = self.source(policy, rng)
        best = batch.returns.unflatten(1, (-1, self.source.group)).argmax(-1)
        return batch.take(best + self.source.group * torch.arange(best.shape[1], device=best.device))


def play(env: World, episodes: int, act: Callable, rng: Rng) -> Batch:
    """Run episodes to their end, or until they are out of time.

    act: `(state, obs, t) -> (action, logp)`; logp is None where the actor has none.
    """
    state, steps = env.reset(rng, episodes), []
    with torch.no_grad():
        obs = env.observe(state)
        alive = torch.ones(obs.shape[:2], dtype=torch.bool)
        for t in range(env.horizon):
            action, logp = act(state, obs, t)
            state, reward, over = env.step(state, action, rng)
            steps.append((obs, action, alive, reward * alive, logp))
            obs, alive = env.observe(state), alive & ~over
            if not alive.any():
                break
    seen, action, mask, reward, logp = zip(*steps, strict=True)
    stack = lambda parts: None if parts[0] is None else torch.stack(parts, dim=2)
    seen, mask = stack(seen), stack(mask)
    return Batch(
        seen, stack(action), mask, stack(reward), stack(logp), ended=~alive, obs_after=_after(seen, mask, obs)
    )


def _after(seen: torch.Tensor, mask: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
    """What each episode saw after its last step: a later one of `seen`, or what all saw `last`."""
    steps = mask.sum(-1)
    within = steps.clamp(max=mask.shape[-1] - 1)
    index = within.view(*within.shape, *[1] * (seen.dim() - 2)).expand(-1, -1, 1, *seen.shape[3:])
    later = seen.gather(2, index)[:, :, 0]
    full = (steps == mask.shape[-1]).view(*steps.shape, *[1] * (last.dim() - 2))
    return torch.where(full, last, later)


def finish(batch: Batch, advantage: Callable | None = None, leash=None) -> Batch:
    """Fill in what the objective needs: `logp_ref` from the reference of the policy `leash`, then the advantage."""
    if leash is not None:
        batch = batch.with_(logp_ref=reference_logp(leash, batch))
    return batch if advantage is None else batch.with_(advantage=advantage(batch))


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
        widen = lambda value: None if value is None else value.expand(seeds, *value.shape[1:])
        return Batch(*map(widen, batch._values())).to(policy.device)
    raise ValueError(
        f"the recorded batch has {len(batch.action)} seeds and the policy {seeds}: they must agree, or be 1"
    )
