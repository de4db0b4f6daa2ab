"""A pretrained language model as a policy, trained through a LoRA adapter.

Any causal LM of `transformers` will do. Its reference, the same model with the adapter switched off, costs no memory.
"""

import contextlib
import itertools
import warnings
import weakref
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.language import Texting, pad_left, positions, sample_tokens
from helpers.policy import logp_of
from helpers.types import PADDING, Batch, Evaluation, Rng


class PretrainedLM(Texting, nn.Module):
    """A pretrained causal LM with a LoRA adapter (Hu et al. 2021); one seed, trained by the same `train` as a bandit.

    model, tokenizer: from `helpers.weights.load`, or any causal LM of `transformers` with its tokenizer.
    lora_rank:        rank of the adapter on every linear layer inside the blocks; its scale alpha / rank is 1.
    seed:             fixes the adapter's initial weights and every draw in training.
    Clones share the one model in memory; each has its own adapter. `reference` is the model with no adapter.
    """

    def __init__(self, model: nn.Module, tokenizer, *, lora_rank: int = 16, seed: int = 0):
        super().__init__()
        from peft import LoraConfig, PeftModel, get_peft_model
        from transformers.pytorch_utils import Conv1D

        self.tokenizer, self.seeds, self.lora_rank = tokenizer, (seed,), lora_rank
        model = model.__dict__.get(
            "_for_adapters", model
        )  # a second policy on the same model shares its wrapping
        transposed = any(
            isinstance(module, Conv1D) for module in model.modules()
        )  # so GPT-2 keeps its weights
        sizes = {"r": lora_rank, "lora_alpha": lora_rank}
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

    def reference_weights(self):
        """The frozen weights of the model itself."""
        return (p for name, p in self._shared[0].named_parameters() if ".lora_" not in name)

    def state_dict(self, *args, **kwargs) -> dict[str, Tensor]:
        """The adapter's weights by number."""
        return {f"lora.{i}": weight.detach() for i, weight in enumerate(self._weights)}

    def load_state_dict(self, state: dict[str, Tensor], *args, **kwargs) -> None:
        """Take over the weights of an adapter of the same rank."""
        with torch.no_grad():
            for i, weight in enumerate(self._weights):
                weight.copy_(state[f"lora.{i}"])

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

    def evaluate(
        self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """What this policy thinks of the tokens of an answer; the last places of `obs` are the answer itself.

        Each distinct prompt is read once, however many answers it has; logits are made for answer tokens only.
        """
        with self.active() as model:
            answer = action.shape[-1]
            prompt = obs[0, :, :-answer]
            first, cache, present = self._read(model, prompt)
            rest = obs[0, :, -answer:-1]
            read = present.sum(1, keepdim=True)  # the position of the first answer token
            there = rest != PADDING
            logits = first[:, None]
            if answer > 1:
                output = model(
                    input_ids=rest.clamp(min=0),
                    attention_mask=torch.cat([present, there], dim=1).long(),
                    position_ids=read + torch.arange(answer - 1, device=obs.device),
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
    def complete_with(
        self, model: nn.Module, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int
    ) -> Batch:
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

        return sample_tokens(
            obs, next_logits, rng.uniform(max_new_tokens, obs.shape[1]), self.tokenizer.eos_token_id
        )

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
            alike = lambda tensors: [(t.shape, t.dtype, t.device) for t in tensors]
            if alike(_merge_buffers.setdefault(model, [])) != alike(kept):
                _merge_buffers[model] = [torch.empty_like(weight) for weight in kept]
            try:
                for layer, weight, merged in zip(layers, kept, _merge_buffers[model], strict=True):
                    torch.add(weight, layer.get_delta_weight(self.adapter), out=merged)
                    layer.base_layer.weight.data = merged
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
    def evaluate(
        self, obs: Int[Tensor, "1 episode context"], action: Int[Tensor, "1 episode time"]
    ) -> Evaluation:
        """See `PretrainedLM.evaluate`."""
        with self._policy.active() as model, model.disable_adapter():
            return self._policy.evaluate(obs, action)

    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """See `PretrainedLM.complete`."""
        with self._policy.active() as model, model.disable_adapter():
            return self._policy.complete_with(model, prompts, rng, max_new_tokens=max_new_tokens)


def _forget(model, adapter):
    # At exit the model may be gone; and that the active adapter is deleted is no news to us.
    with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
        if len(model.peft_config) > 1:
            model.delete_adapter(adapter)


_adapter_number = itertools.count()
_merge_buffers = weakref.WeakKeyDictionary()  # one spare copy of the adapted weights for each model in memory
