"""A pretrained language model as a policy, trained through a LoRA adapter, or whole.

Any causal LM of `transformers` will do. The reference of an adapter is the same model with the adapter switched off,
which costs no memory.
"""

import contextlib
import copy
import itertools
import warnings
import weakref
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from helpers.checked import one_of
from helpers.core.types import PADDING, Batch, Evaluation, Rng
from helpers.lm.fast import laid_out, logp_of_many
from helpers.lm.language import Texting, pad_left, positions, sample_tokens


class PretrainedLM(Texting, nn.Module):
    """A pretrained causal LM with a LoRA adapter (Hu et al. 2021); one seed, trained by the same `train` as a bandit.

    model, tokenizer: from `helpers.lm.weights.load`, or any causal LM of `transformers` with its tokenizer.
    lora_rank:        rank of the adapter on every linear layer inside the blocks; its scale alpha / rank is 1.
                      None: no adapter, all weights of a copy are trained. That takes four times the memory.
    seed:             fixes the adapter's initial weights and every draw in training.
    Clones share the one model in memory; each has its own adapter. `reference` is the model with no adapter.
    """

    def __init__(self, model: nn.Module, tokenizer, *, lora_rank: int | None = 16, seed: int = 0):
        super().__init__()
        self.tokenizer, self.seeds, self.lora_rank = tokenizer, (seed,), lora_rank
        self._start = [model]
        if lora_rank is None:
            if "_for_adapters" in model.__dict__:
                raise ValueError("this model carries adapters: load it anew to train all its weights")
            model = copy.deepcopy(model).requires_grad_(True)
            self.adapter, self._weights = None, list(model.parameters())
        else:
            model = self._adapted(model, lora_rank, seed)
        self._shared = [model]  # in a list: the base weights are shared and not ours to train
        self.context = model.config.max_position_embeddings

    def _adapted(self, model, rank, seed):
        """The model with one more adapter; a second policy on the same model shares its wrapping."""
        from peft import LoraConfig, PeftModel, get_peft_model
        from transformers.pytorch_utils import Conv1D

        model = model.__dict__.get("_for_adapters", model)
        transposed = any(isinstance(part, Conv1D) for part in model.modules())  # so GPT-2 keeps its weights
        sizes = {"r": rank, "lora_alpha": rank}
        self._config = LoraConfig(target_modules="all-linear", fan_in_fan_out=transposed, **sizes)
        self.adapter = f"adapter{next(_adapter_number)}"
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            # peft 0.21 asks transformers 5 for an old name whenever it wraps a model
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
            torch.manual_seed(seed)
            if isinstance(model, PeftModel):
                model.add_adapter(self.adapter, self._config)
            else:
                bare, model = model, get_peft_model(model, self._config, adapter_name=self.adapter)
                bare.__dict__["_for_adapters"] = model
        self._weights = [p for name, p in model.named_parameters() if f".{self.adapter}." in name]
        weakref.finalize(self, _forget, model, self.adapter)
        return model

    @property
    def reference(self) -> "Reference":
        """The model as it was before training: with the adapter switched off, or the one that was copied."""
        return Reference(self)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self._weights[0].device

    def parameters(self, recurse: bool = True):
        """The weights that are trained: those of the adapter, if there is one."""
        return iter(self._weights)

    def reference_weights(self):
        """The frozen weights of the model itself."""
        return (p for name, p in self._start[0].named_parameters() if ".lora_" not in name)

    def state_dict(self, *args, **kwargs) -> dict[str, Tensor]:
        """The trained weights by number."""
        return {f"trained.{i}": weight.detach() for i, weight in enumerate(self._weights)}

    def load_state_dict(self, state: dict[str, Tensor], *args, **kwargs) -> None:
        """Take over the weights of a policy of the same model and rank."""
        with torch.no_grad():
            for i, weight in enumerate(self._weights):
                weight.copy_(state[f"trained.{i}"])

    def clone(self) -> "PretrainedLM":
        """An independent policy with the same weights; adapters stand on the same model."""
        other = PretrainedLM(self._start[0], self.tokenizer, lora_rank=self.lora_rank, seed=self.seeds[0])
        other.load_state_dict(self.state_dict())
        return other

    def select(self, seed: int) -> "PretrainedLM":
        """A clone: there is one seed. Raises ValueError if it is asked for another."""
        one_of(seed, self.seeds, "seed")
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

    def evaluate(
        self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself.

        Each distinct prompt is read once, however many answers it has; logits are made for answer tokens only.
        """
        with self.active() as model:
            return self.evaluate_with(model, obs, action)

    def evaluate_with(
        self, model: nn.Module, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """`evaluate`, with a model in the state that it is in: adapter on or off."""
        answer = action.shape[-1]
        prompt, text = obs[0, :, : -answer - 1], obs[0, :, -answer - 1 : -1]
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
    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """Sample one answer to each prompt, [1][episode], at temperature 1. Each distinct prompt is read once."""
        with self.active() as model, laid_out(model, self.adapter):
            return self.complete_with(model, prompts, rng, max_new_tokens=max_new_tokens)

    @torch.no_grad()
    def complete_with(
        self, model: nn.Module, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int
    ) -> Batch:
        """`complete`, with a model in the state that it is in: adapter on or off, weights laid out for it or not."""
        tokens = [self.prompt_tokens(prompt) for prompt in prompts[0]]
        self._check_room(tokens, max_new_tokens)
        obs = pad_left(tokens)[None].to(self.device)
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
            obs, next_logits, rng.uniform(max_new_tokens, obs.shape[1]), self.tokenizer.eos_token_id
        )

    @contextlib.contextmanager
    def active(self):
        """The shared model with this policy's adapter switched on."""
        model = self._shared[0]
        if self.adapter and model.active_adapter != self.adapter:
            model.set_adapter(self.adapter)
        yield model

    @contextlib.contextmanager
    def untrained(self):
        """The model as it was before training."""
        if self.adapter is None:
            yield self._start[0]
            return
        with self.active() as model, model.disable_adapter():
            yield model

    @staticmethod
    def _read(model, prompt):
        """Read prompts but for their last tokens: a cache, and where it has tokens, one row an episode.

        Each distinct prompt is read once, and the beginning that all share, such as a system message, once in all.
        """
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
    """The pretrained model before training, as a policy that can be asked but not trained."""

    def __init__(self, policy: PretrainedLM):
        self._policy, self.seeds, self.device = policy, policy.seeds, policy.device

    @torch.no_grad()
    def evaluate(
        self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """See `PretrainedLM.evaluate`."""
        with self._policy.untrained() as model:
            return self._policy.evaluate_with(model, obs, action)

    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """See `PretrainedLM.complete`."""
        with self._policy.untrained() as model, laid_out(model):
            return self._policy.complete_with(model, prompts, rng, max_new_tokens=max_new_tokens)


def _forget(model, adapter):
    # At exit the model may be gone; and that the active adapter is deleted is no news to us.
    with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
        if len(model.peft_config) > 1:
            model.delete_adapter(adapter)


_adapter_number = itertools.count()
