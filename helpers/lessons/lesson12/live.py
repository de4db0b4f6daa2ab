"""What lesson 12 runs live on SmolLM2: a few steps with a learner's own function, and what one step does to a text."""

import html
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from IPython.display import HTML, display

from helpers.core import train
from helpers.core.adam import Adam
from helpers.core.losses import per_step
from helpers.core.progress import progress
from helpers.core.streams import Rng, Stream
from helpers.lessons.lesson12 import builds
from helpers.lessons.lesson12.arms import GRPO, TEACHER, arms, training_prompts

LESS, MORE = (138, 79, 160), (0, 121, 90)  # purple and green, which no arm of this lesson has

SEEN = 0.2  # a ground lighter than that is hardly seen


def run_steps(step: Callable, start, source, *, steps: int, lr: float) -> tuple:
    """Train a copy of `start` with somebody's own step; the trained policy, and the mean reward of each step's batch.

    step: `(policy, source, rng, optimiser) -> mean reward`. The draws are those of `train`, so that the same step gives
    the same run.
    """
    policy = start.start_training()
    optimiser, rng = Adam(policy.trained, lr), Rng(policy.seeds, Stream.TRAINING)
    bar = progress(steps, "your steps", "step")
    rewards = []
    for _ in range(steps):
        rewards.append(float(step(policy, source, rng, optimiser)))
        bar.update()
    bar.close()
    return policy, pd.Series(rewards, index=range(steps), name="reward")


def on_leash(leash: Callable, beta: float) -> Callable:
    """A step of GRPO with somebody's own leash: its loss is GRPO's plus beta times the leash."""

    def step(policy, source, rng, optimiser):
        batch = source(policy, rng)
        advantage = builds.group_advantage(batch.returns[0], source.group)
        now = policy.evaluate(batch.obs, batch.action)
        gain = per_step(torch.where(batch.mask, advantage[None, :, None] * now.logp, 0.0), batch.mask)
        loss = beta * leash(now.logp[0], batch.logp_ref[0], batch.mask[0]) - gain.sum()
        optimiser.zero_grad()
        loss.backward()
        policy.clip_gradients(1.0)
        optimiser.step()
        return batch.returns.mean().item()

    return step


def leashed_prompts():
    """The training prompts, with what the reference thinks of each answer: what a leash needs."""
    return training_prompts(per_call=3, reference=True)


@torch.no_grad()
def logp_of_texts(model, batch, token_logp: Callable) -> torch.Tensor:
    """Log-probability of each answer token of a batch [1, text, ...], by somebody's own function: [text, time].

    model: a network `(tokens, attention) -> logits`, as `policy.active()` is one.
    """
    obs, time = batch.obs[0], batch.action.shape[-1]
    there = obs >= 0
    counts = torch.zeros_like(there)
    counts[:, -time:] = batch.mask[0]
    place = (there.long().cumsum(-1) - 1).clamp(min=0)
    logits = model(input_ids=obs.clamp(min=0), attention_mask=there.long(), position_ids=place).logits
    return token_logp(logits, obs.clamp(min=0), counts)[:, -time:]


def one_step(start, batch, token_logp: Callable, *, lr: float) -> dict[str, torch.Tensor]:
    """The change of each answer token's log-probability by one step of GRPO on these answers, and by one of SFT.

    GRPO learns from the answers themselves, SFT from twelve of the teacher's: as in the lesson's arms.
    """
    before = logp_of_texts(start.active(), batch, token_logp)
    changes = {}
    for name in (GRPO, TEACHER):
        data, loss = arms(start, which=[name])[name]
        source = (lambda policy, rng: batch) if name == GRPO else data
        run = train(start, source, loss, steps=1, lr=lr)
        changes[name] = logp_of_texts(run.policy.active(), batch, token_logp) - before
    return changes


def pulled(start, batch, token_logp: Callable, change: torch.Tensor, *, lr: float) -> str:
    """What moved the answer that beat its group by least: itself, or the others. change: by one step of GRPO on all."""
    weight = batch.advantage[0, :, 0]
    at = int(torch.where(weight > 0, weight, torch.inf).argmin())
    itself = (torch.arange(len(weight), device=weight.device) == at)[None, :, None]
    loss = arms(start, which=[GRPO])[GRPO][1]
    before = logp_of_texts(start.active(), batch, token_logp)[at].sum()
    moved = {}
    for name, kept in (("itself", itself), ("others", ~itself)):
        some = batch.with_(advantage=torch.where(kept, batch.advantage, 0.0))
        run = train(start, lambda policy, rng, some=some: some, loss, steps=1, lr=lr)
        moved[name] = logp_of_texts(run.policy.active(), batch, token_logp)[at].sum() - before
    each = {
        name: float(by / batch.mask[0, at].sum()) for name, by in (moved | {"all": change[at].sum()}).items()
    }
    return (
        f"Answer {at} beat its group by {weight[at]:.2f} deviations. A step on it alone moves it by "
        f"{each['itself']:+.2f} nats a token, one on the other three alone by {each['others']:+.2f}, and that on all "
        f"four by {each['all']:+.2f}: all answers share the same weights."
    )


def shade_steps(tokenizer, batch, changes: dict[str, torch.Tensor]) -> None:
    """Show what one step of each arm changed, as `one_step` returns it, all on one scale."""
    most = max(float(change.abs().max()) for change in changes.values())
    for name, change in changes.items():
        shade(tokenizer, batch, change, batch.returns[0].tolist(), f"One step of {name}", most)


def shade(tokenizer, batch, change: torch.Tensor, rewards: Sequence[float], title: str, most: float) -> None:
    """Show the answers, each token on a ground that tells if it became likelier (green) or less likely (purple).

    most: the change, in nats, that is drawn darkest. What became clearly less likely is underlined, too; the number
    stands in each token's title, and the answer's mean beside its reward, so that nothing hangs on colour.
    """
    rows = []
    for action, mask, moved, reward in zip(batch.action[0], batch.mask[0], change, rewards, strict=True):
        spans = []
        for token, by in zip(action[mask].tolist(), moved[mask].tolist(), strict=True):
            word = html.escape(tokenizer.decode([token])).replace("\n", "⏎")
            red, green, blue = MORE if by > 0 else LESS
            strength = (
                0.75 * min(abs(by) / most, 1) ** 0.5
            )  # so that small changes are seen beside large ones
            style = f"background-color: rgba({red},{green},{blue},{strength:.2f})"
            style += "; text-decoration: underline dotted" if by < 0 and strength > SEEN else ""
            spans.append(f'<span style="{style}" title="{by:+.3f} nats">{word}</span>')
        mean = float(np.mean(moved[mask].tolist()))
        rows.append(
            f"<tr><td>{reward:+.2f}</td><td>{mean:+.3f}</td>"
            f'<td style="text-align: left">{"".join(spans)}</td></tr>'
        )
    head = "<tr><th>reward</th><th>mean change, nats</th><th style='text-align: left'>answer</th></tr>"
    table = f"<table>{head}{''.join(rows)}</table>"
    caption = f"<p><b>{html.escape(title)}</b>: green became likelier, purple and underlined less likely"
    caption += f"; the darkest ground is a change of {most:.2f} nats, one half as dark a quarter of that.</p>"
    display(HTML(caption + table))
