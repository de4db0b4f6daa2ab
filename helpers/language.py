"""Language models as policies: an observation is the text so far, an action is the next token.

`StackedLM` trains several small transformers at once; `PretrainedLM` puts a LoRA adapter on any causal LM of
`transformers`, so that its reference, the same model with the adapter switched off, costs no memory.
"""

import contextlib
import itertools
import weakref
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.policy import Policy, logp_of
from helpers.types import PADDING, Batch, Evaluation, Rng


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
        action = torch.tensor([[answer + [PADDING] * (longest - len(answer)) for answer in answers]], device=self.device)
        mask = action != PADDING
        obs = torch.cat([pad_left(prompts)[None].to(self.device), action], dim=-1)
        return Batch(obs, action.clamp(min=0), mask, torch.zeros(action.shape, device=self.device))

    def decode(self, batch: Batch) -> list[list[str]]:
        """The answers as strings, [seed][episode], without the end-of-text token."""
        end = self.tokenizer.eos_token_id
        rows = lambda actions, masks: zip(actions.tolist(), masks.tolist(), strict=True)  # noqa: E731
        return [
            [
                self.tokenizer.decode([token for token, real in zip(*row, strict=True) if real and token != end])
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
        self.context = self._hidden[0].model.config.max_position_embeddings

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The tokens of a prompt; a small model has no chat template."""
        return list(self.tokenizer.encode(prompt, add_special_tokens=False))

    def logits(self, obs: Int[Tensor, "seed episode context"]) -> Float[Tensor, "seed episode context vocabulary"]:
        """Logits for the token after each place of the text."""
        present = obs != PADDING
        causal = torch.ones(obs.shape[-1], obs.shape[-1], dtype=torch.bool, device=obs.device).tril()
        allowed = causal & present[:, :, None, None, :]
        blocked = torch.where(allowed, 0.0, torch.finfo(torch.float32).min)
        return self._each_seed(lambda net, *x: net(*x), obs.clamp(min=0), positions(present), blocked)

    def evaluate(self, obs: Int[Tensor, "seed episode context"], action: Int[Tensor, "seed episode time"]) -> Evaluation:
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself."""
        first = obs.shape[-1] - action.shape[-1] - 1
        logits = self.logits(obs)[:, :, first:-1]
        return Evaluation(logp_of(logits, action), logits)

    @torch.no_grad()
    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """Sample one answer to each prompt, [seed][episode]. Reads the whole text anew for each token: clear, and slow."""
        tokens = [self.prompt_tokens(prompt) for row in prompts for prompt in row]
        self._check_room(tokens, max_new_tokens)
        obs = pad_left(tokens).view(len(prompts), len(prompts[0]), -1).to(self.device)

        def next_logits(obs):
            return self.logits(obs)[:, :, -1]

        return _sample(obs, next_logits, rng.uniform(max_new_tokens, obs.shape[1]), self.tokenizer.eos_token_id)


class PretrainedLM(Texting, nn.Module):
    """A pretrained causal LM with a LoRA adapter (Hu et al. 2021); one seed, trained by the same `train` as a bandit.

    model, tokenizer: from `helpers.weights.load`, or any causal LM of `transformers` with its tokenizer.
    lora_rank:        rank of the adapter on every linear layer inside the transformer blocks. Its scale alpha / rank is 1.
    seed:             fixes the adapter's initial weights and every draw in training.
    Clones share the one model in memory; each has its own adapter. `reference` is the model with no adapter.
    """

    def __init__(self, model: nn.Module, tokenizer, *, lora_rank: int = 16, seed: int = 0):
        super().__init__()
        from peft import LoraConfig, PeftModel, get_peft_model

        self.tokenizer, self.seeds, self.lora_rank = tokenizer, (seed,), lora_rank
        self._config = LoraConfig(r=lora_rank, lora_alpha=lora_rank, target_modules="all-linear")
        self.adapter = f"adapter{next(_adapter_number)}"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if isinstance(model, PeftModel):
                model.add_adapter(self.adapter, self._config)
            else:
                model = get_peft_model(model, self._config, adapter_name=self.adapter)
        self._shared = [model]  # in a list: the base weights are shared and not ours to train
        self._weights = [p for name, p in model.named_parameters() if f".{self.adapter}." in name]
        weakref.finalize(self, _forget, model, self.adapter)
        self.context = model.config.max_position_embeddings

    @property
    def reference(self) -> "Reference":
        """The model with the adapter switched off."""
        return Reference(self)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self._weights[0].device

    def parameters(self, recurse: bool = True):
        """The adapter's weights; the base model is frozen."""
        return iter(self._weights)

    def state_dict(self, *args, **kwargs) -> dict[str, Tensor]:
        """The adapter's weights by number."""
        return {f"lora.{i}": weight.detach() for i, weight in enumerate(self._weights)}

    def load_state_dict(self, state: dict[str, Tensor], *args, **kwargs) -> None:
        """Take over the weights of an adapter of the same rank."""
        with torch.no_grad():
            for weight, value in zip(self._weights, state.values(), strict=True):
                weight.copy_(value)

    def clone(self) -> "PretrainedLM":
        """An independent adapter with the same weights, on the same model."""
        copy = PretrainedLM(self._shared[0], self.tokenizer, lora_rank=self.lora_rank, seed=self.seeds[0])
        copy.load_state_dict(self.state_dict())
        return copy

    def select(self, seed: int) -> "PretrainedLM":
        """A clone: there is one seed."""
        if seed:
            raise IndexError(f"a PretrainedLM has one seed, at position 0: got {seed}")
        return self.clone()

    def start_training(self) -> "PretrainedLM":
        """A copy to be trained."""
        return self.clone()

    def clip_gradients(self, limit: float) -> Float[Tensor, "seed"]:
        """Shorten the gradient to `limit`, and return its norm before."""
        return nn.utils.clip_grad_norm_(self._weights, limit)[None]

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The tokens of a user message in the model's chat template, up to where the answer begins."""
        message = [{"role": "user", "content": prompt}]
        text = self.tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def evaluate(self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]) -> Evaluation:
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself.

        Each distinct prompt is read once, however many answers it has; logits are made for answer tokens only.
        """
        with self.active() as model:
            answer = action.shape[-1]
            prompt = obs[0, :, :-answer]
            first, cache, present = self._read(model, prompt)
            rest = obs[0, :, -answer:-1]
            now = present[:, -1:].cumsum(1) * 0 + present.sum(1, keepdim=True)  # position of the first answer token
            there = rest != PADDING
            logits = first[:, None]
            if answer > 1:
                output = model(
                    input_ids=rest.clamp(min=0),
                    attention_mask=torch.cat([present, there], dim=1).long(),
                    position_ids=now + torch.arange(answer - 1, device=obs.device),
                    past_key_values=cache,
                )
                logits = torch.cat([logits, output.logits], dim=1)
        return Evaluation(logp_of(logits[None], action), logits[None])

    @torch.no_grad()
    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """Sample one answer to each prompt, [1][episode], at temperature 1. Each distinct prompt is read once."""
        with self._merged() as model:
            return self.complete_with(model, prompts, rng, max_new_tokens=max_new_tokens)

    @torch.no_grad()
    def complete_with(self, model: nn.Module, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """`complete`, with the shared model in the state that it is in: adapter merged, on or off."""
        tokens = [self.prompt_tokens(prompt) for prompt in prompts[0]]
        self._check_room(tokens, max_new_tokens)
        obs = pad_left(tokens)[None].to(self.device)
        state = {}

        def next_logits(obs):
            if not state:
                first, state["cache"], state["present"] = self._read(model, obs[0])
                return first[None]
            token = obs[0, :, -1:]
            state["present"] = torch.cat([state["present"], token != PADDING], dim=1)
            output = model(
                input_ids=token.clamp(min=0),
                attention_mask=state["present"].long(),
                position_ids=(state["present"].sum(1, keepdim=True) - 1).clamp(min=0),
                past_key_values=state["cache"],
            )
            return output.logits[None, :, -1]

        return _sample(obs, next_logits, rng.uniform(max_new_tokens, obs.shape[1]), self.tokenizer.eos_token_id)

    @contextlib.contextmanager
    def active(self):
        """The shared model with this policy's adapter switched on."""
        model = self._shared[0]
        if model.active_adapter != self.adapter:
            model.set_adapter(self.adapter)
        yield model

    @contextlib.contextmanager
    def _merged(self):
        """The shared model with this adapter added into its weights, while sampling: a third of the matrix products.

        The sums go into a buffer of their own and the weights are put back untouched, so that nothing drifts.
        """
        with self.active() as model:
            layers = [m for m in model.modules() if self.adapter in getattr(m, "lora_A", {})]
            kept = [layer.base_layer.weight.data for layer in layers]
            if len(_merge_buffers.setdefault(model, [])) != len(kept):
                _merge_buffers[model] = [torch.empty_like(weight) for weight in kept]
            for layer, weight, merged in zip(layers, kept, _merge_buffers[model], strict=True):
                down, up = layer.lora_A[self.adapter].weight, layer.lora_B[self.adapter].weight
                torch.addmm(weight, up, down, alpha=layer.scaling[self.adapter], out=merged)
                layer.base_layer.weight.data = merged
            try:
                with model.disable_adapter():
                    yield model
            finally:
                for layer, weight in zip(layers, kept, strict=True):
                    layer.base_layer.weight.data = weight

    @staticmethod
    def _read(model, prompt):
        """Read each distinct prompt once: logits after it, its cache, and where it has tokens, one row an episode."""
        distinct, row = prompt.unique(dim=0, return_inverse=True)
        there = distinct != PADDING
        output = model(
            input_ids=distinct.clamp(min=0),
            attention_mask=there.long(),
            position_ids=positions(there),
            use_cache=True,
            logits_to_keep=1,
        )
        output.past_key_values.batch_select_indices(row)
        return output.logits[row, -1], output.past_key_values, there[row]


class Reference:
    """The pretrained model without its adapter, as a policy that can be asked but not trained."""

    def __init__(self, policy: PretrainedLM):
        self._policy, self.seeds, self.device = policy, policy.seeds, policy.device

    @torch.no_grad()
    def evaluate(self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]) -> Evaluation:
        """See `PretrainedLM.evaluate`."""
        with self._policy.active() as model, model.disable_adapter():
            return self._policy.evaluate(obs, action)

    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """See `PretrainedLM.complete`."""
        with self._policy.active() as model, model.disable_adapter():
            return self._policy.complete_with(model, prompts, rng, max_new_tokens=max_new_tokens)


def positions(present: Bool[Tensor, "*axes context"]) -> Int[Tensor, "*axes context"]:
    """The position of each token in its text; padding on the left does not count."""
    return (present.long().cumsum(-1) - 1).clamp(min=0)


def pad_left(tokens: Sequence[Sequence[int]]) -> Int[Tensor, "text context"]:
    """Texts of different lengths as one tensor, their ends aligned."""
    longest = max(len(text) for text in tokens)
    return torch.tensor([[PADDING] * (longest - len(text)) + list(text) for text in tokens])


def _sample(obs, next_logits, uniform, end):
    """Sample token by token until every text has ended or the numbers `uniform` [seed, time, episode] run out.

    One uniform number picks a token from the cumulative distribution: cheaper than Gumbel noise for a large vocabulary.
    """
    alive = torch.ones(obs.shape[:2], dtype=torch.bool, device=obs.device)
    action, mask, logp = [], [], []
    for number in uniform.to(obs.device).unbind(1):
        logits = next_logits(obs)
        cumulative = logits.softmax(-1).cumsum(-1)
        token = torch.searchsorted(cumulative, number[..., None] * cumulative[..., -1:], right=True)[..., 0]
        action.append(token)
        mask.append(alive)
        logp.append(logp_of(logits, token))
        obs = torch.cat([obs, torch.where(alive, token, PADDING)[..., None]], dim=-1)
        alive = alive & (token != end)
        if not alive.any():
            break
    action, mask, logp = (torch.stack(parts, dim=-1) for parts in (action, mask, logp))
    return Batch(obs, action, mask, torch.zeros_like(logp), logp)


class _Bare(nn.Module):
    """A causal LM reduced to (tokens, positions, mask) -> logits, its constant buffers out of the stack's sight."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens, position, blocked):
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


def _forget(model, adapter):
    with contextlib.suppress(Exception):  # at exit the model may be gone before its adapters
        if len(model.peft_config) > 1:
            model.delete_adapter(adapter)


_adapter_number = itertools.count()
_merge_buffers = weakref.WeakKeyDictionary()  # one spare copy of the adapted weights for each model in memory
