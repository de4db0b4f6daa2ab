"""A pretrained language model as a policy, trained through a LoRA adapter, or whole.

Any causal LM of `transformers` will do. The reference of an adapter is the same model with the adapter switched off,
which costs no memory.
"""

import copy
import weakref
from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.checked import one_of, whole
from helpers.core.streams import Rng
from helpers.core.types import PADDING, Batch, Evaluation
from helpers.lm.adapters import adapters_of, carries_adapters
from helpers.lm.fast import as_it_was, laid_out, logp_of_many
from helpers.lm.language import Texting, end_of_text, most_tokens, pad_left, positions, sample_tokens
from helpers.lm.memory import check_before_evaluating, check_before_sampling


class PretrainedLM(Texting, nn.Module):
    """A pretrained causal LM with a LoRA adapter (Hu et al. 2021); one seed, trained by the same `train` as a bandit.

    model, tokenizer: from `helpers.lm.weights.load`, or any causal LM of `transformers` with its tokenizer. Dropout is
                      switched off: the policy that acts is the one that is trained.
    lora_rank:        rank of the adapter on every linear layer inside the blocks; its scale alpha / rank is 1.
                      None: no adapter, all weights of a copy are trained. That takes four times the memory.
    seed:             fixes the adapter's initial weights and every draw in training.
    Clones share the one model in memory; each has its own adapter, and only its weights are `parameters()`.
    `reference` is the policy that training started from; before training, and where that was an adapter that adds
    nothing yet, the model without an adapter.
    """

    def __init__(self, model: nn.Module, tokenizer, *, lora_rank: int | None = 16, seed: int = 0):
        super().__init__()
        if not isinstance(model, nn.Module):
            raise TypeError(f"model is a causal LM of transformers: got a {type(model).__name__}")
        end_of_text(tokenizer)
        self.tokenizer, self.seeds, self.lora_rank = tokenizer, (whole(seed, "seed", least=0),), lora_rank
        self._start = [model.eval()]
        if lora_rank is None:
            if carries_adapters(model):
                raise ValueError("this model carries adapters: load it anew to train all its weights")
            self.adapter, self._adapters = None, None
            model = copy.deepcopy(model).requires_grad_(True)
            weights = list(model.parameters())
        else:
            self._adapters = adapters_of(model)
            self.adapter, weights = self._adapters.add(whole(lora_rank, "lora_rank"), seed)
            weakref.finalize(self, self._adapters.forget, self.adapter)
            model = self._adapters.model
        self.trained = nn.ParameterList(weights)
        self._shared = [model]  # in a list: the base weights are shared and not ours to train
        self._origin = [None]  # in a list, so that its weights are not counted among our parameters
        self.context = most_tokens(model.config)

    @property
    def reference(self) -> "Reference":
        """The policy that training started from, frozen; before training, the model as it was given."""
        return Reference(self)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.trained[0].device

    def reference_weights(self) -> Iterator[nn.Parameter]:
        """The frozen weights of the model itself."""
        return (p for name, p in self._start[0].named_parameters() if ".lora_" not in name)

    def clone(self) -> "PretrainedLM":
        """An independent policy with the same weights; adapters stand on the same model."""
        other = PretrainedLM(self._start[0], self.tokenizer, lora_rank=self.lora_rank, seed=self.seeds[0])
        other.load_state_dict(self.state_dict())
        other._origin = self._origin
        return other

    def select(self, seed: int) -> "PretrainedLM":
        """A clone: there is one seed. Raises ValueError if it is asked for another."""
        one_of(seed, self.seeds, "seed")
        return self.clone()

    def start_training(self) -> "PretrainedLM":
        """A copy to be trained, whose `reference` is this policy, frozen."""
        trained = self.clone()
        trained._origin = [self.clone() if self._is_changed() else None]
        return trained

    def clip_gradients(self, limit: float) -> Float[Tensor, "seed"]:
        """Shorten the gradient to `limit`, and return its norm before."""
        return nn.utils.clip_grad_norm_(self.trained, limit)[None]

    def prompt_tokens(self, prompt: str) -> list[int]:
        """The tokens of a user message in the model's chat template, up to where the answer begins.

        A model without a chat template reads the prompt as it is, after the token that begins a text.
        """
        if self.tokenizer.chat_template is None:
            begin = self.tokenizer.bos_token_id
            begin = end_of_text(self.tokenizer) if begin is None else begin
            return [begin, *self.tokenizer.encode(prompt, add_special_tokens=False)]
        message = [{"role": "user", "content": prompt}]
        text = self.tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def evaluate(
        self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself.

        Each distinct prompt is read once, however many answers it has; logits are made for answer tokens only.
        Raises ValueError if the shapes do not fit, there is no token before an answer, or a text is too long.
        """
        return self.evaluate_with(self.active(), obs, action)

    def evaluate_with(
        self, model: nn.Module, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """`evaluate`, with a model in the state that it is in: adapter on or off."""
        self._check_texts(obs, action)
        answer = action.shape[-1]
        prompt, text = obs[0, :, : -answer - 1], obs[0, :, -answer - 1 : -1]
        distinct = prompt.unique(dim=0) if prompt.shape[1] else prompt  # a text may begin without a prompt
        check_before_evaluating(model, distinct, text, learning=torch.is_grad_enabled())
        cache, present = self._read(model, prompt)
        logits = model(
            input_ids=text.clamp(min=0),
            attention_mask=torch.cat([present, text != PADDING], dim=1).long(),
            position_ids=present.sum(1, keepdim=True) + torch.arange(answer, device=obs.device),
            past_key_values=cache,
            use_cache=True,
        ).logits[None]
        return Evaluation(logp_of_many(logits, action), logits)

    @torch.no_grad()
    def complete(self, prompts: Iterable[Iterable[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """Sample one answer to each prompt, [1][episode], at temperature 1. Each distinct prompt is read once.

        Raises TypeError or ValueError if the prompts are not such lists or too long, or a count is not at least one.
        """
        return self.complete_with(self.active(), self.adapter, prompts, rng, max_new_tokens=max_new_tokens)

    @torch.no_grad()
    def complete_with(
        self,
        model: nn.Module,
        adapter: str | None,
        prompts: Iterable[Iterable[str]],
        rng: Rng,
        *,
        max_new_tokens: int,
    ) -> Batch:
        """`complete`, with a model in the state that it is in: this adapter on, or none."""
        tokens = self._prompts_as_tokens(prompts, rng, max_new_tokens)
        obs = pad_left(tokens[0])[None].to(self.device)
        check_before_sampling(model, obs[0], max_new_tokens)
        with laid_out(model, adapter):
            return self._complete(model, obs, rng, max_new_tokens)

    def _complete(self, model, obs, rng, max_new_tokens):
        cache, present = self._read(model, obs[0, :, :-1])
        state = {"cache": cache, "present": present}

        def next_logits(obs):
            token = obs[0, :, -1:]
            state["present"] = torch.cat([state["present"], token != PADDING], dim=1)
            output = model(
                input_ids=token.clamp(min=0),
                attention_mask=state["present"].long(),
                position_ids=(state["present"].sum(1, keepdim=True) - 1).clamp(min=0),
                past_key_values=state["cache"],
                use_cache=True,
            )
            state["cache"] = output.past_key_values
            return output.logits[None, :, -1]

        return sample_tokens(
            obs, next_logits, rng.uniform(max_new_tokens, obs.shape[1]), end_of_text(self.tokenizer)
        )

    def active(self) -> nn.Module:
        """The shared model, switched to this policy's adapter."""
        return self._adapters.switch(self.adapter) if self.adapter else as_it_was(self._shared[0])

    def untrained(self) -> nn.Module:
        """The shared model, switched to what it was before any training."""
        return self._adapters.switch(None) if self.adapter else as_it_was(self._start[0])

    def _is_changed(self):
        """Whether this policy is another one than the model before any training."""
        if self.adapter:
            return not self._adapters.adds_nothing(self.adapter)
        return not all(map(torch.equal, self.trained, self._start[0].parameters()))

    def _apply(self, fn, recurse=True):
        raise TypeError(
            "a PretrainedLM stays where its model is, and in its precision: move or convert the model before "
            "the policy is made, for example `weights.load(device=...)` or `model.double()`"
        )

    @staticmethod
    def _read(model, prompt):
        """Read prompts but for their last tokens: a cache, and where it has tokens, one row an episode.

        Each distinct prompt is read once, and the beginning that all share, such as a system message, once in all.
        """
        if not prompt.shape[1]:  # every text has one token before its answer, and that one is read with it
            return None, prompt != PADDING
        distinct, row = prompt.unique(dim=0, return_inverse=True)
        there = distinct != PADDING
        shared, cache = _common_start(distinct, there), None
        if shared:
            first = there[0].nonzero()[0, 0]
            start = distinct[:1, first : first + shared]
            cache = model(input_ids=start, use_cache=True, logits_to_keep=1).past_key_values
            _take_rows(cache, torch.zeros_like(distinct[:, 0]))
        rest = there & (there.cumsum(-1) > shared)  # the ends of the prompts stand one below the other
        present = torch.cat([torch.ones_like(there[:, :shared]), rest[:, shared:]], dim=1)
        if prompt.shape[1] > shared:
            cache = model(
                input_ids=distinct[:, shared:].clamp(min=0),
                attention_mask=present.long(),
                position_ids=positions(present)[:, shared:],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).past_key_values
        if cache is not None:
            _take_rows(cache, row)
        return cache, present[row]


def _take_rows(cache, row: Int[Tensor, "episode"]) -> None:
    """What `cache.batch_select_indices` does, but its gradient adds up in one order however many threads there are."""
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys.index_select(0, row), layer.values.index_select(0, row)


def _common_start(prompts: Int[Tensor, "prompt context"], there: Bool[Tensor, "prompt context"]) -> int:
    """With how many tokens all prompts begin. A single prompt shares nothing."""
    if len(prompts) == 1:
        return 0
    texts = [prompt[real] for prompt, real in zip(prompts, there, strict=True)]
    shortest = min(len(text) for text in texts)
    left = torch.stack([text[:shortest] for text in texts])
    return int((left == left[0]).all(0).long().cumprod(0).sum())


class Reference:
    """The policy that training started from: it can be asked, but not trained. Made by `PretrainedLM.reference`."""

    reference = None

    def __init__(self, policy: PretrainedLM):
        self._policy, self._origin = policy, policy._origin[0]
        self.seeds, self.device, self.tokenizer = policy.seeds, policy.device, policy.tokenizer
        self.encode, self.decode = policy.encode, policy.decode

    @torch.no_grad()
    def evaluate(
        self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """See `PretrainedLM.evaluate`."""
        if self._origin:
            return self._origin.evaluate(obs, action)
        return self._policy.evaluate_with(self._policy.untrained(), obs, action)

    def complete(self, prompts: Iterable[Iterable[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """See `PretrainedLM.complete`."""
        if self._origin:
            return self._origin.complete(prompts, rng, max_new_tokens=max_new_tokens)
        model = self._policy.untrained()
        return self._policy.complete_with(model, None, prompts, rng, max_new_tokens=max_new_tokens)

    def clone(self) -> "Reference":
        """Itself: nothing changes it."""
        return self

    def select(self, seed: int) -> "Reference":
        """Itself: there is one seed. Raises ValueError if it is asked for another."""
        one_of(seed, self.seeds, "seed")
        return self
