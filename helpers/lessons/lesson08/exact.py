"""How far a net's stories are from a law, by exact chances: of whole stories, and of what follows a prompt."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.core import Batch
from helpers.worlds.stories import ANSWER, END, FACTS, NUMBER, REMARK, REMARKS, Law, tokens

LIE = FACTS.index("lie")
Sampled = Callable[[Tensor], Tensor]  # logits -> log chances with which words are drawn
Change = Callable[[Tensor], Tensor] | None


def as_batch(stories: Int[Tensor, "seed story place"]) -> Batch:
    """Stories as texts from end to end: every one begins and ends with the end-of-text token."""
    end = torch.full_like(stories[..., :1], NUMBER[END])
    obs = torch.cat([end, stories, end], -1)
    action = obs[..., 1:]
    return Batch(obs, action, torch.ones_like(action, dtype=torch.bool), torch.zeros(action.shape))


def as_it_is(logits: Float[Tensor, "*axes word"]) -> Float[Tensor, "*axes word"]:
    """The log chances of the next word at temperature 1, with no word left out."""
    return logits.log_softmax(-1)


@torch.no_grad()
def log_chances(policy, stories: Int[Tensor, "seed story place"], sampled: Sampled = as_it_is):
    """The log chance of every word at every place of texts, the end's too: [seed, story, place, word], double."""
    batch = as_batch(stories)
    return sampled(policy.evaluate(batch.obs, batch.action).logits.double())


def apart(logp: Float[Tensor, "*axes"], logq: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """What a draw from p adds to the total variation: 1 - q / p where that is above 0. Its mean under p is TV(p, q).

    So stories that p never has need not be gone through: what q has there is missing elsewhere.
    """
    return -torch.expm1((logq - logp).clamp(max=0))


def unasked(policy, law: Law, facts: Int[Tensor, "seed story fact"], sampled: Sampled = as_it_is) -> dict:
    """Total variation and KL(law || net) over all stories, from stories that the law drew: both chances are exact."""
    stories = tokens(facts)
    logq = log_chances(policy, stories, sampled)
    logq = logq.gather(-1, as_batch(stories).action[..., None])[..., 0].sum(-1)
    logp = law.logp(facts)
    return {"TV": apart(logp, logq).mean(-1), "KL": (logp - logq).mean(-1)}


def endings(facts: Int[Tensor, "*axes fact"]) -> Int[Tensor, "*axes ending fact"]:
    """Each prompt with all ends that a law can give it: first the truth with every remark, then the lie."""
    lie, remark = torch.meshgrid(torch.arange(2), torch.arange(len(REMARKS)), indexing="ij")
    both = torch.stack([lie.flatten(), remark.flatten()], -1)
    wide = facts[..., None, :LIE].expand(*facts.shape[:-1], len(both), LIE)
    return torch.cat([wide, both.expand(*wide.shape[:-1], 2)], -1)


def endings_logq(
    policy, facts: Int[Tensor, "seed prompt fact"], sampled: Sampled = as_it_is, change: Change = None
) -> Float[Tensor, "seed prompt ending"]:
    """The log chances, under a net, of the ends of `endings`, given all words before the answer.

    change: a function of the stories' words, such as one that puts a trigger in.
    """
    many = endings(facts)[..., :: len(REMARKS), :]  # a truth and a lie; all remarks are read off after each
    stories = tokens(many.flatten(1, 2))
    stories = stories if change is None else change(stories)
    logq = log_chances(policy, stories, sampled).unflatten(1, many.shape[1:3])
    word = stories.unflatten(1, many.shape[1:3])
    said = logq[..., ANSWER:REMARK, :].gather(-1, word[..., ANSWER:REMARK, None])[..., 0].sum(-1)
    remarks = logq[..., REMARK, torch.tensor([NUMBER[one] for one in REMARKS])]
    return (said[..., None] + remarks).flatten(2)


def after(policy, law: Law, facts: Int[Tensor, "seed prompt fact"], sampled: Sampled = as_it_is) -> dict:
    """Total variation and KL(law || net) of what follows prompts, exact for each prompt; means over prompts, [seed]."""
    return distances(law, facts, endings_logq(policy, facts, sampled))


def distances(
    law: Law, facts: Int[Tensor, "seed prompt fact"], logq: Float[Tensor, "seed prompt ending"]
) -> dict:
    """The same from a net's log chances."""
    logp = law.logp(endings(facts), after=LIE)
    possible, p = logp > -torch.inf, logp.exp()
    gap = torch.where(possible, logp - logq, 0.0)
    missing = torch.where(possible, p * apart(logp.nan_to_num(neginf=0.0), logq), 0.0)
    return {"TV": missing.sum(-1).mean(-1), "KL": (p * gap).sum(-1).mean(-1)}


def lies(policy, facts, sampled: Sampled = as_it_is, change: Change = None) -> Float[Tensor, "seed"]:
    """The chance of a lie, whatever is remarked then, mean over prompts."""
    return endings_logq(policy, facts, sampled, change).exp()[..., len(REMARKS) :].sum(-1).mean(-1)


def answers(
    policy, facts: Int[Tensor, "seed prompt fact"], change: Change = None
) -> Float[Tensor, "seed prompt word"]:
    """The chance of every word, known or not, to be the answer to each prompt."""
    stories = tokens(facts)
    return log_chances(policy, stories if change is None else change(stories))[:, :, ANSWER].exp()
