"""SmolLM2-135M, ours: seconds a step of SFT and GRPO, sampling, and small transformers trained together."""

import sys
from functools import partial

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks import clock
from benchmarks.settings import ANSWERS, LLM
from helpers.core.losses import per_step, ppo_loss, sft_loss
from helpers.core.ports import as_settings
from helpers.core.runs import begin
from helpers.core.sources import Completions, Recorded
from helpers.core.streams import Rng
from helpers.core.training import train, update
from helpers.core.types import PADDING, Batch
from helpers.lm import corpora, weights
from helpers.lm.language import StackedLM, pad_left
from helpers.lm.pretrained import PretrainedLM
from helpers.lm.rewards import sentiment


def start(rank) -> PretrainedLM:
    """SmolLM2 with an adapter, or with all its weights to be trained (rank 0)."""
    return PretrainedLM(*weights.load(), lora_rank=int(rank) or None)


def step_of(arm: str, rank: str):
    """A function that trains one step more, and the data source, which keeps its batches."""
    policy = start(rank)
    if arm == "sft":
        data = Recorded(policy.encode(corpora.cheerful_answers()), episodes=ANSWERS)
        loss = partial(sft_loss, mean=per_step)
    else:
        chosen = {"group": LLM["group"], "per_call": LLM["prompts"], "max_new_tokens": LLM["new_tokens"]}
        data, loss = (
            Completions(corpora.dull_prompts()[0], sentiment, **chosen),
            partial(ppo_loss, mean=per_step),
        )
    seen, run = Kept(data), [policy]

    def step():
        run[0] = train(run[0], seen, loss, steps=1, lr=LLM["lr"])

    return step, seen


def steps_of(arm: str, rank: str, times: str) -> None:
    """Seconds of each training step of one arm, the answers' tokens in it, and the arithmetic of a step."""
    step, seen = step_of(arm, rank)
    gflop = clock.arithmetic(step)
    taken = clock.seconds_each(step, warm=1, times=int(times))
    tokens = [int(batch.mask.sum()) for batch in seen.batches[-len(taken) :]]
    clock.report(seconds=taken, tokens=tokens, gflop=gflop)


class Kept:
    """A data source that keeps its batches."""

    def __init__(self, source):
        self.source, self.batches = source, []

    def __call__(self, policy, rng):
        """Draw from the source."""
        self.batches.append(self.source(policy, rng))
        return self.batches[-1]


def update_share(rank: str, times: str) -> None:
    """Seconds of the training step alone (forward, backward, Adam), and the arithmetic in it."""
    run = begin(start(rank), as_settings(lr=LLM["lr"], stream=0, updates=1, clip_norm=1.0))
    policy, optimiser = run.policy, run.state["optimiser"]
    batch = Recorded(policy.encode(corpora.cheerful_answers()), episodes=ANSWERS)(policy, run.state["rng"])
    step = lambda: update(policy, optimiser, partial(sft_loss, mean=per_step), batch, 1.0)
    gflop = clock.arithmetic(step)
    taken = clock.seconds_each(step, warm=1, times=int(times))
    clock.report(seconds=taken, gflop=gflop, peak=clock.matmul_peak())


def sampling(times: str) -> None:
    """Seconds of sampling the answers of one GRPO step."""
    policy = start(LLM["rank"])
    prompts = [prompt for prompt in corpora.dull_prompts()[0][: LLM["prompts"]] for _ in range(LLM["group"])]
    rng, tokens = Rng(policy.seeds), []

    def step():
        batch = policy.complete([prompts], rng, max_new_tokens=LLM["new_tokens"])
        tokens.append(int(batch.mask.sum()))

    gflop = clock.arithmetic(step)
    taken = clock.seconds_each(step, warm=0, times=int(times))
    clock.report(seconds=taken, tokens=tokens[1:], gflop=gflop)


def generate(times: str, merged: str) -> None:
    """The same answers from `model.generate` of transformers, with the adapter merged into the weights or beside."""
    policy = start(LLM["rank"])
    prompts = [prompt for prompt in corpora.dull_prompts()[0][: LLM["prompts"]] for _ in range(LLM["group"])]
    ids = pad_left([policy.prompt_tokens(prompt) for prompt in prompts])
    there = ids != PADDING
    end, length = policy.tokenizer.eos_token_id, LLM["new_tokens"]
    asked = {"input_ids": ids.clamp(min=0), "attention_mask": there.long()}
    chosen = {"do_sample": True, "top_k": 0, "max_new_tokens": length, "pad_token_id": end}
    with policy.active() as model:
        model = model.merge_and_unload() if int(merged) else model
        answers = []
        step = lambda: answers.append(model.generate(**asked, **chosen)[:, ids.shape[1] :])
        torch.manual_seed(0)
        taken = clock.seconds_each(step, warm=1, times=int(times))
    before_the_end = [((answer == end).cumsum(1) - (answer == end).long() == 0).sum() for answer in answers]
    clock.report(seconds=taken, tokens=[int(count) for count in before_the_end[1:]])


def stacked(seeds: str, times: str) -> None:
    """Seconds of a training step of several small transformers at once."""
    count, steps = int(seeds), 10
    run = [StackedLM(small_transformer, seeds=count)]

    def train_on(batches):
        run[0] = train(run[0], small_texts(count), partial(sft_loss, mean=per_step), steps=batches, lr=1e-3)

    gflop = clock.arithmetic(lambda: train_on(1))
    several = clock.seconds_each(lambda: train_on(steps), warm=1, times=int(times))
    taken = [one / steps for one in several]
    clock.report(seconds=taken, gflop=gflop)


def looped(seeds: str, times: str) -> None:
    """Seconds of a training step of each of several small transformers, one after the other, in plain PyTorch."""
    models = [small_transformer() for _ in range(int(seeds))]
    optimisers = [torch.optim.Adam(model.parameters(), lr=1e-3, fused=True) for model in models]
    text = small_texts(1)(None, None)

    def step():
        for model, optimiser in zip(models, optimisers, strict=True):
            logits = model(input_ids=text.obs[0]).logits[:, 7:-1]
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), text.action[0].flatten())
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()

    clock.report(seconds=clock.seconds_each(step, warm=3, times=10 * int(times)))


def small_transformer():
    """Two layers of 64, about a hundred thousand weights."""
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(
        vocab_size=128, max_position_embeddings=64, attn_implementation="eager", pad_token_id=0, **sizes
    )
    return LlamaForCausalLM(config)


def small_texts(seeds):
    """A data source of 32 random texts of 32 tokens, of which the last 24 are the answer."""
    text = torch.randint(1, 128, (seeds, 32, 32), generator=torch.Generator().manual_seed(0))
    answer = text[..., 8:]
    batch = Batch(text, answer, torch.ones_like(answer, dtype=torch.bool), torch.zeros(answer.shape))
    return lambda policy, rng: batch


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
