"""Small language models as policies: an observation is the text so far, an action is the next token.

`StackedLM` trains several small transformers at once. What it shares with `helpers.lm.pretrained` stands here too.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.core.distributions import logp_of
from helpers.core.policy import Policy
from helpers.core.progress import progress
from helpers.core.types import PADDING, Batch, Evaluation, Rng


class Texting:
    """What both kinds of language model share: between strings and batches of tokens.

    A subclass has `tokenizer`, `seeds`, `device`, `context` (most tokens it can read) and `prompt_tokens(prompt)`.
    """

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Batch:
        """A batch [1, episode, time] of (prompt, answer) strings; every answer ends with the end-of-text token."""
        prompts = [self.prompt_tokens(prompt) for prompt, _ in pairs]
        end = [self.tokenizer.eos_token_id]
        answers = [list(self.tokenizer.encode(answer, add_special_tokens=False)) + end for _, answer in pairs]
        longest = max(len(answer) for answer in answers)
        self._check_room(prompts, longest)
        action = torch.tensor(
            [[answer + [PADDING] * (longest - len(answer)) for answer in answers]], device=self.device
        )
        mask = action != PADDING
        obs = torch.cat([pad_left(prompts)[None].to(self.device), action], dim=-1)
        return Batch(obs, action.clamp(min=0), mask, torch.zeros(action.shape, device=self.device))

    def decode(self, batch: Batch) -> list[list[str]]:
        """The answers as strings, [seed][episode], without the end-of-text token."""
        end = self.tokenizer.eos_token_id
        rows = lambda actions, masks: zip(actions.tolist(), masks.tolist(), strict=True)
        return [
            [
                self.tokenizer.decode(
                    [token for token, real in zip(*row, strict=True) if real and token != end]
                )
                for row in rows(actions, masks)
            ]
            for actions, masks in zip(batch.action, batch.mask, strict=True)
        ]

    def _check_room(self, prompts, new_tokens):
        longest = max(len(prompt) for prompt in prompts)
        if longest + new_tokens > self.context:
            raise ValueError(
                f"the longest prompt has {longest} tokens and the answer up to {new_tokens}: "
                f"this model reads {self.context} at most. Shorten the prompt or `max_new_tokens`"
            )


class StackedLM(Texting, Policy):
    """Several small transformers, built from one `transformers` config and trained at once.

    make_net:  makes one model, e.g. `lambda: LlamaForCausalLM(config)` with `attn_implementation="eager"`.
    tokenizer: has `encode(text, add_special_tokens=False)`, `decode(tokens)` and `eos_token_id`; needed for text only.
    Worth it up to about a million parameters; larger models train as fast one after another.
    """

    def __init__(self, make_net: Callable[[], nn.Module], seeds: int | Sequence[int] = 1, *, tokenizer=None):
        super().__init__(_without_buffers(make_net), seeds)
        self.tokenizer = tokenizer
        settings = self._hidden[0].model.config
        if settings._attn_implementation != "eager":
            raise ValueError(
                f'build the model with attn_implementation="eager": got "{settings._attn_implementation}"'
            )
        self.context = settings.max_position_embeddings

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The tokens of a prompt; a small model has no chat template."""
        return list(self.tokenizer.encode(prompt, add_special_tokens=False))

    def logits(
        self, obs: Int[Tensor, "seed episode context"]
    ) -> Float[Tensor, "seed episode context vocabulary"]:
        """Logits for the token after each place of the text."""
        present = obs != PADDING
        causal = torch.ones(obs.shape[-1], obs.shape[-1], dtype=torch.bool, device=obs.device).tril()
        allowed = causal & present[:, :, None, None, :]
        blocked = torch.where(allowed, 0.0, torch.finfo(torch.float32).min)
        return self._each_seed(lambda net, *x: net(*x), obs.clamp(min=0), positions(present), blocked)

    def evaluate(
        self, obs: Int[Tensor, "seed episode context"], action: Int[Tensor, "seed episode time"]
    ) -> Evaluation:
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself."""
        first = obs.shape[-1] - action.shape[-1] - 1
        logits = self.logits(obs)[:, :, first:-1]
        return Evaluation(logp_of(logits, action), logits)

    @torch.no_grad()
    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """Sample one answer to each prompt, [seed][episode]. Reads the text anew for each token: clear, and slow."""
        tokens = [self.prompt_tokens(prompt) for row in prompts for prompt in row]
        self._check_room(tokens, max_new_tokens)
        obs = pad_left(tokens).view(len(prompts), len(prompts[0]), -1).to(self.device)

        def next_logits(obs):
            return self.logits(obs)[:, :, -1]

        return sample_tokens(
            obs, next_logits, rng.uniform(max_new_tokens, obs.shape[1]), self.tokenizer.eos_token_id
        )


def positions(present: Bool[Tensor, "*axes context"]) -> Int[Tensor, "*axes context"]:
    """The position of each token in its text; padding on the left does not count."""
    return (present.long().cumsum(-1) - 1).clamp(min=0)


def pad_left(tokens: Sequence[Sequence[int]]) -> Int[Tensor, "text context"]:
    """Texts of different lengths as one tensor, their ends aligned."""
    longest = max(len(text) for text in tokens)
    return torch.tensor([[PADDING] * (longest - len(text)) + list(text) for text in tokens])


def sample_tokens(obs, next_logits, uniform, end):
    """Sample token by token until every text has ended or the numbers `uniform` [seed, time, episode] run out.

    One uniform number picks a token from the cumulative distribution: cheaper than Gumbel noise for a large vocabulary.
    """
    alive = torch.ones(obs.shape[:2], dtype=torch.bool, device=obs.device)
    action, mask, logp = [], [], []
    bar = progress(uniform.shape[1], f"sampling {obs.shape[1]} answers", "token", shown=obs.shape[1] > 64)
    for number in uniform.to(obs.device).unbind(1):
        logits = next_logits(obs)
        cumulative = logits.softmax(-1).cumsum(-1)
        token = torch.searchsorted(
            cumulative, number[..., None].to(cumulative) * cumulative[..., -1:], right=True
        )[..., 0]
        action.append(token)
        mask.append(alive)
        logp.append(logp_of(logits, token))
        obs = torch.cat([obs, torch.where(alive, token, PADDING)[..., None]], dim=-1)
        alive = alive & (token != end)
        bar.update()
        if not alive.any():
            break
    bar.close()
    action, mask, logp = (torch.stack(parts, dim=-1) for parts in (action, mask, logp))
    return Batch(obs, action, mask, torch.zeros_like(logp), logp)


class _Bare(nn.Module):
    """A causal LM reduced to (tokens, positions, mask) -> logits, its constant buffers out of the stack's sight."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens, position, blocked):
        """Logits for the token after each place; `blocked` is 0 where one place sees another, else very negative."""
        return self.model(
            input_ids=tokens, position_ids=position, attention_mask=blocked, use_cache=False
        ).logits


def _without_buffers(make_net):
    def make():
        net = _Bare(make_net())
        for module in net.modules():  # rotary frequencies: the same in every copy, so they need no stacking
            for name in list(module._buffers):
                value = module._buffers.pop(name)
                object.__setattr__(module, name, value)
        return net

    return make
