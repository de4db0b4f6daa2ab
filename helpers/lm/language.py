"""Small language models as policies: an observation is the text so far, an action is the next token.

`StackedLM` trains several small transformers at once. What it shares with `helpers.lm.pretrained` stands here too.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.checked import shape, texts, whole
from helpers.core.distributions import logp_of
from helpers.core.faults import NotANumber
from helpers.core.policy import Policy
from helpers.core.progress import progress
from helpers.core.streams import Rng
from helpers.core.types import PADDING, Batch, Evaluation


class Texting:
    """What both kinds of language model share: between strings and batches of tokens.

    A subclass has `tokenizer`, `seeds`, `device`, `context` (most tokens it can read) and `prompt_tokens(prompt)`,
    which is never empty: a model says what comes next, so it needs a token to begin with.
    """

    def encode(self, pairs: Iterable[tuple[str, str]]) -> Batch:
        """A batch [1, episode, time] of (prompt, answer) strings; every answer ends with the end-of-text token.

        Raises TypeError or ValueError if these are not pairs of strings, there are none, or one is too long to be read.
        """
        pairs = _pairs(pairs)
        end = [end_of_text(self.tokenizer)]
        prompts = [self.prompt_tokens(prompt) for prompt, _ in pairs]
        answers = [list(self.tokenizer.encode(answer, add_special_tokens=False)) + end for _, answer in pairs]
        for number, both in enumerate(zip(prompts, answers, strict=True)):
            self._check_room(number, *map(len, both), "the answer")
        longest = max(map(len, answers))
        action = torch.tensor(
            [[answer + [PADDING] * (longest - len(answer)) for answer in answers]], device=self.device
        )
        mask = action != PADDING
        obs = torch.cat([pad_left(prompts)[None].to(self.device), action], dim=-1)
        return Batch(obs, action.clamp(min=0), mask, torch.zeros(action.shape, device=self.device))

    def decode(self, batch: Batch) -> list[list[str]]:
        """The answers as strings, [seed][episode], without the end-of-text token."""
        end = end_of_text(self.tokenizer)
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

    def _prompts_as_tokens(self, prompts, rng, max_new_tokens) -> list[list[list[int]]]:
        """What `complete` was asked, checked: the tokens of each prompt, [seed][episode]."""
        end_of_text(self.tokenizer)
        whole(max_new_tokens, "max_new_tokens")
        if isinstance(prompts, str) or not isinstance(prompts, Iterable):
            raise TypeError(
                f"prompts are lists of strings, one list for each seed, [[prompt, ...]]: got {prompts!r:.60}"
            )
        rows = [texts(row, "prompts[seed]") for row in prompts]
        counts = [len(row) for row in rows]
        if len(rows) != len(self.seeds) or len(rng.generators) != len(self.seeds):
            raise ValueError(
                f"there are {len(self.seeds)} seeds, so as many lists of prompts and random streams are needed: "
                f"got {len(rows)} and {len(rng.generators)}"
            )
        if not counts[0] or len(set(counts)) > 1:
            raise ValueError(f"every seed gets equally many prompts, at least one: got {counts}")
        tokens = [[self.prompt_tokens(prompt) for prompt in row] for row in rows]
        for row in tokens:
            for number, prompt in enumerate(row):
                self._check_room(number, len(prompt), max_new_tokens, "`max_new_tokens`")
        return tokens

    def _check_room(self, number, prompt, answer, other):
        if prompt + answer > self.context:
            raise ValueError(
                f"prompt {number} has {prompt:,} tokens and the answer up to {answer:,}: "
                f"this model reads {self.context:,} at most. Shorten the prompt or {other}"
            )

    def _check_texts(self, obs, action):
        """What `evaluate` was given: whole texts, with at least one token before each answer, that can be read."""
        if obs.dim() != 3 or action.dim() != 3 or len(obs) != len(self.seeds):
            raise ValueError(
                f"obs and action are [seed, episode, time], with {len(self.seeds)} seeds: "
                f"got {tuple(obs.shape)} and {tuple(action.shape)}"
            )
        shape(action, (*obs.shape[:2], action.shape[-1]), "action", "seed, episode, time")
        before = obs.shape[-1] - action.shape[-1]
        if not action.shape[-1] or before < 1 or (obs[:, :, before - 1] == PADDING).any():
            raise ValueError(
                "obs is the whole text, at least one token and then the answer, and action is the answer: "
                f"got {tuple(obs.shape)} and {tuple(action.shape)}. `encode` begins a text that has no prompt"
            )
        if obs.shape[-1] > self.context and (longest := (obs != PADDING).sum(-1).max()) > self.context:
            raise ValueError(f"a text has {longest:,} tokens: this model reads {self.context:,} at most")


def end_of_text(tokenizer) -> int:
    """The token that ends a text. Raises ValueError if there is no tokenizer, or it has no such token."""
    if tokenizer is None:
        raise ValueError(
            "this policy was made without a tokenizer, so it reads and writes tokens only, no text"
        )
    if tokenizer.eos_token_id is None:
        raise ValueError(
            "the tokenizer has no end-of-text token: set `tokenizer.eos_token` to the one of the model"
        )
    return tokenizer.eos_token_id


def _pairs(pairs) -> list[tuple[str, str]]:
    """Pairs of strings, at least one. Two-letter strings are no pairs."""
    meant = "a list of (prompt, answer) pairs of strings"
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise TypeError(f"encode takes {meant}: got {pairs!r:.60}")
    pairs = list(pairs)
    if not pairs:
        raise ValueError(f"encode takes {meant}: got none")
    for number, pair in enumerate(pairs):
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise TypeError(f"encode takes {meant}: number {number} is {pair!r:.60}")
        texts(pair, f"pair {number}")
    return pairs


class StackedLM(Texting, Policy):
    """Several small transformers, built from one `transformers` config and trained at once.

    make_net:  makes one model, e.g. `lambda: LlamaForCausalLM(config)` with `attn_implementation="eager"`.
    tokenizer: has `encode(text, add_special_tokens=False)`, `decode(tokens)` and `eos_token_id`; needed for text only.
    Every text begins with the end-of-text token, as in the pretraining of GPT-2 and SmolLM, so that a text without a
    prompt has a likelihood, too: the sum of log p(next token) over all of it. That takes one token of the context.
    Worth it up to about a million parameters; larger models train as fast one after another.
    """

    def __init__(self, make_net: Callable[[], nn.Module], seeds: int | Sequence[int] = 1, *, tokenizer=None):
        super().__init__(_without_buffers(make_net), seeds)
        self.tokenizer = tokenizer
        if tokenizer is not None:
            end_of_text(tokenizer)
        settings = self._hidden[0].model.config
        if settings._attn_implementation != "eager":
            raise ValueError(
                f'build the model with attn_implementation="eager": got "{settings._attn_implementation}"'
            )
        self.context = most_tokens(settings)

    def _apply(self, fn, recurse=True):
        for module in self._hidden[0].modules():  # its constants go where the weights go
            for name in module.__dict__.get("_constants", ()):
                object.__setattr__(module, name, fn(getattr(module, name)))
        return super()._apply(fn, recurse)

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The end-of-text token, then the tokens of a prompt, which may be empty. There is no chat template."""
        return [end_of_text(self.tokenizer), *self.tokenizer.encode(prompt, add_special_tokens=False)]

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
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself.

        Raises ValueError if the shapes do not fit, there is no token before an answer, or a text is too long.
        """
        self._check_texts(obs, action)
        first = obs.shape[-1] - action.shape[-1] - 1
        logits = self.logits(obs)[:, :, first:-1]
        return Evaluation(logp_of(logits, action), logits)

    @torch.no_grad()
    def complete(self, prompts: Iterable[Iterable[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """Sample one answer to each prompt, [seed][episode]. Reads the text anew for each token: clear, and slow.

        Raises TypeError or ValueError if the prompts are not such lists or too long, or a count is not at least one.
        """
        tokens = self._prompts_as_tokens(prompts, rng, max_new_tokens)
        obs = pad_left([prompt for row in tokens for prompt in row]).view(len(tokens), len(tokens[0]), -1)

        def next_logits(obs):
            return self.logits(obs)[:, :, -1]

        return sample_tokens(
            obs.to(self.device),
            next_logits,
            rng.uniform(max_new_tokens, obs.shape[1]),
            end_of_text(self.tokenizer),
        )


def most_tokens(config) -> int | float:
    """The longest text that a model can read, in tokens; without end if its config names none."""
    return getattr(config.get_text_config(), "max_position_embeddings", math.inf)


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
    It has 24 bits, so tokens less likely than 6e-8 come in steps: for SmolLM2 that moves 0.00025 of the probability,
    and summing up in double precision changes nothing about it. In half precision a sum would be off by 0.06 to 0.14
    and the number would reach 1, hence never less than float32.
    Raises NotANumber if the model's logits are NaN.
    """
    alive = torch.ones(obs.shape[:2], dtype=torch.bool, device=obs.device)
    action, mask, logp = [], [], []
    bar = progress(uniform.shape[1], f"sampling {obs.shape[1]} answers", "token", shown=obs.shape[1] > 64)
    for number in uniform.to(obs.device).unbind(1):
        logits = next_logits(obs)
        cumulative = logits.softmax(-1, dtype=torch.promote_types(logits.dtype, torch.float32)).cumsum(-1)
        if not cumulative[..., -1].isfinite().all():
            raise NotANumber(
                f"the model gives no probabilities for token {len(action)} of an answer: its logits are NaN or "
                "infinite. Its weights have gone astray (too large a learning rate?), or were not finite from the start"
            )
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
        net = _Bare(make_net()).eval()  # no dropout: the policy that acts is the one that is trained
        for module in net.modules():
            if isinstance(module, nn.Embedding):
                module.padding_idx = (
                    None  # `vmap` would stop the gradient of that token in the first seed alone
                )
            # Buffers are rotary frequencies: the same in every copy, so they need no stacking.
            constants = {name: module._buffers.pop(name) for name in list(module._buffers)}
            for name, value in (constants | {"_constants": list(constants)} if constants else {}).items():
                object.__setattr__(module, name, value)
        return net

    return make
