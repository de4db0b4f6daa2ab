"""LoRA adapters (Hu et al. 2021) that stand on one shared model; one of them is switched on, or none.

Each change is made whole even if the kernel is interrupted, and nothing rests on a tidy end: whoever uses the model
switches it to what is needed first.
"""

import itertools
import warnings

import torch
from torch import nn

from helpers.core.streams import Stream, number_of
from helpers.lm.fast import as_it_was
from helpers.stops import no_interrupt


class Adapters:
    """The adapters of one model; get them with `adapters_of(model)`, so that all policies share the one wrapping."""

    def __init__(self, bare: nn.Module):
        with no_interrupt():  # a slow import, which could not be made again if it were torn in two
            from peft.tuners.tuners_utils import BaseTunerLayer

        if any(isinstance(part, BaseTunerLayer) for part in bare.modules()):
            raise ValueError(
                "this model carries adapters that were made elsewhere: merge them first "
                "(`model = model.merge_and_unload()`), or load the model anew"
            )
        self.model, self._wrapped = bare, False
        self._weights: dict[str, list[nn.Parameter]] = {}
        self._forgotten: list[str] = []
        self._on: str | object | None = UNKNOWN
        bare.__dict__["_adapters"] = self

    def add(self, rank: int, seed: int) -> tuple[str, list[nn.Parameter]]:
        """One more adapter, which adds nothing yet: its name and its weights. The seed fixes where they start."""
        from peft import LoraConfig, get_peft_model
        from transformers.pytorch_utils import Conv1D

        transposed = any(
            isinstance(part, Conv1D) for part in self.model.modules()
        )  # so GPT-2 keeps its weights
        sizes = {"r": rank, "lora_alpha": rank}
        config = LoraConfig(target_modules="all-linear", fan_in_fan_out=transposed, **sizes)
        name = f"adapter{next(_number)}"
        with no_interrupt(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            # peft 0.21 asks transformers 5 for an old name whenever it wraps a model
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
            torch.default_generator.manual_seed(number_of(Stream.WEIGHTS, seed))  # the CPU's alone
            self._on = UNKNOWN
            if self._wrapped:
                self.model.add_adapter(name, config)
            else:
                self.model, self._wrapped = get_peft_model(self.model, config, adapter_name=name), True
                self.model.__dict__["_adapters"] = self
            self.model.eval()
            self._weights[name] = [p for path, p in self.model.named_parameters() if f".{name}." in path]
            self._all_can_be_trained()
        return name, self._weights[name]

    def switch(self, name: str | None) -> nn.Module:
        """The model with this adapter switched on and no other; with None, as it was before training."""
        as_it_was(self.model)
        with no_interrupt():
            self._sweep()
            if self._on != name:
                self._on = UNKNOWN
                if name is None:
                    self.model.base_model.disable_adapter_layers()
                else:
                    self.model.set_adapter(name)
                    self.model.base_model.enable_adapter_layers()
                self._all_can_be_trained()
                self._on = name
        return self.model

    def forget(self, name: str) -> None:
        """Take an adapter away, the next time that the model is switched: now, it may be in the middle of something."""
        self._forgotten.append(name)

    def adds_nothing(self, name: str) -> bool:
        """Whether the model with this adapter is the model without it: half of each adapter starts as zeros."""
        layers = (
            part.lora_B[name].weight for part in self.model.modules() if name in getattr(part, "lora_B", ())
        )
        return not any(weight.any() for weight in layers)

    def _all_can_be_trained(self):
        for weights in self._weights.values():
            for weight in weights:
                weight.requires_grad_(True)  # peft takes it from all adapters that are not on

    def _sweep(self):
        while self._forgotten and len(self._weights) > 1:  # peft keeps one at least
            name = self._forgotten.pop()
            del self._weights[name]
            self._on = UNKNOWN
            with warnings.catch_warnings(action="ignore"):  # that it was the active one is no news to us
                self.model.delete_adapter(name)


UNKNOWN = object()  # between two states
_number = itertools.count()


def adapters_of(model: nn.Module) -> Adapters:
    """The adapters of a model, which may have none yet. Raises ValueError if it carries adapters made elsewhere."""
    return model.__dict__.get("_adapters") or Adapters(model)


def carries_adapters(model: nn.Module) -> bool:
    """Whether adapters of ours stand on the model, so that its layers are no longer what they were."""
    return "_adapters" in model.__dict__
