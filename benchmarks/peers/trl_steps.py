"""SmolLM2-135M in TRL: seconds a step of SFT and GRPO with the same weights, batch, lengths and adapter as ours."""

import os
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"

from datasets import Dataset
from peft import LoraConfig
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from benchmarks import clock
from benchmarks.settings import ANSWERS, LLM
from helpers.lm import corpora, weights
from helpers.lm.rewards import sentiment


class StepClock(TrainerCallback):
    """Seconds from the start of each step to its end."""

    def __init__(self):
        self.taken = []

    def on_step_begin(self, args, state, control, **kwargs):
        """A step begins."""
        self.began = time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        """A step has ended, its optimiser step included."""
        self.taken.append(time.perf_counter() - self.began)


def asked(text):
    """A user's message."""
    return [{"role": "user", "content": text}]


def main(arm: str, rank: str, times: str, checkpointing: str) -> None:
    """Train and report."""
    model, tokenizer = weights.load()
    adapter = (
        LoraConfig(r=int(rank), lora_alpha=int(rank), target_modules="all-linear") if int(rank) else None
    )
    stopwatch, tokens, warm = StepClock(), [], 1
    same = {
        "output_dir": tempfile.mkdtemp(),
        "per_device_train_batch_size": ANSWERS,
        "max_steps": int(times) + warm,
        "learning_rate": LLM["lr"],
        "lr_scheduler_type": "constant",
        "gradient_checkpointing": bool(int(checkpointing)),  # on by default: it saves memory and costs time
        "bf16": False,
        "use_cpu": True,
        "report_to": "none",
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
    }
    shared = {"processing_class": tokenizer, "peft_config": adapter, "callbacks": [stopwatch]}
    if arm == "sft":
        pairs = [{"prompt": asked(q), "completion": answered(a)} for q, a in corpora.cheerful_answers()]
        config = SFTConfig(**same, completion_only_loss=True, packing=False)
        trainer = SFTTrainer(model, args=config, train_dataset=Dataset.from_list(pairs), **shared)
        trainer.data_collator = counted(trainer.data_collator, tokens)
    else:
        prompts = Dataset.from_list([{"prompt": asked(q)} for q in corpora.dull_prompts()[0]])
        config = GRPOConfig(
            **same,
            num_generations=LLM["group"],
            max_completion_length=LLM["new_tokens"],
            beta=0.0,
            epsilon=LLM["clip"],
            loss_type="bnpo",
        )

        def mood(prompts, completions, completion_ids, **kwargs):
            tokens.append(sum(map(len, completion_ids)))
            return sentiment(prompts, [completion[0]["content"] for completion in completions])

        trainer = GRPOTrainer(model, mood, args=config, train_dataset=prompts, **shared)
    trainer.train()
    steps = slice(warm, warm + int(times))
    clock.report(seconds=stopwatch.taken[steps], tokens=tokens[steps])


def counted(collate, tokens):
    """The same collator, which also counts the answers' tokens of each batch."""

    def collated(rows):
        batch = collate(rows)
        tokens.append(int((batch["labels"] != -100).sum()))
        return batch

    return collated


def answered(text):
    """The model's message."""
    return [{"role": "assistant", "content": text}]


if __name__ == "__main__":
    main(*sys.argv[1:])
