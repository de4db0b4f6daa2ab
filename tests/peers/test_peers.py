"""Side by side with the best: the same batch and weights give the losses and gradients of TRL, PEFT and SB3."""

import copy
import itertools
import warnings
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny import ALPHABET, Letters, config, pretrained
from torch import nn
from transformers import LlamaForCausalLM

from helpers.core.advantages import GAE, gae
from helpers.core.losses import (
    dpo_loss,
    grpo_loss,
    per_episode,
    per_length,
    per_step,
    per_step_per_text,
    ppo_loss,
    sft_loss,
)
from helpers.core.policy import Policy, mlp
from helpers.core.sources import Completions, finish
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.core.types import PADDING, Batch
from helpers.lm.pretrained import PretrainedLM

CLOSE = 1e-5  # absolute, in float32
PROMPTS = ["ab", "abc de", "h", "gh a"]


def far(ours, theirs) -> float:
    """The largest distance between two lists of tensors."""
    return max((one - other).abs().max().item() for one, other in zip(ours, theirs, strict=True))


# Language models: TRL
@pytest.fixture(scope="module")
def scene():
    """A model that has moved away from the one that wrote the answers, and these, with all that a loss may need."""
    torch.manual_seed(0)
    start = PretrainedLM(LlamaForCausalLM(config(initializer_range=0.3)).eval(), Letters(), lora_rank=None)
    reward = lambda prompts, answers: [answer.count("a") - answer.count("b") for answer in answers]
    source = Completions(PROMPTS, reward, group=4, max_new_tokens=6, reference=True)
    batch = source(start, Rng([0]))
    policy = start.clone()
    with torch.no_grad():
        for weight in policy.parameters():
            weight += 0.03 * torch.randn_like(weight)
    return SimpleNamespace(start=start, policy=policy, batch=batch)


def our_loss(scene, loss):
    """A loss and its gradient by all weights."""
    policy, batch = scene.policy, scene.batch
    value = loss(policy.evaluate(batch.obs, batch.action), batch).sum()
    return [value.detach(), *torch.autograd.grad(value, list(policy.parameters()))]


def their_loss(trainer, inputs):
    """What a trainer of TRL makes of the same weights and texts; it sees inputs as its own collator shapes them."""
    trainer.current_gradient_accumulation_steps = 1  # set by its loop, which does not run here
    with warnings.catch_warnings(action="ignore"):
        value = trainer.compute_loss(trainer.model, inputs)
    return [value.detach(), *torch.autograd.grad(value, list(trainer.model.parameters()))]


def trl_trainer(kind, scene, tmp_path, config_options, **options):
    """One of TRL's trainers around a copy of the model."""
    with warnings.catch_warnings(action="ignore"):  # theirs, of versions and defaults to come
        import trl
        from datasets import Dataset

        same = {"output_dir": str(tmp_path), "report_to": "none", "use_cpu": True, "bf16": False}
        row = {"GRPO": {"prompt": "a"}, "DPO": {"prompt": "a", "chosen": "b", "rejected": "c"}}
        rows = Dataset.from_list([row.get(kind, {"prompt": "a", "completion": "b"})] * 4)
        arguments = getattr(trl, f"{kind}Config")(**same, gradient_checkpointing=False, **config_options)
        model = copy.deepcopy(scene.policy._shared[0])
        tokens = {"args": arguments, "train_dataset": rows, "processing_class": tokenizer()}
        return getattr(trl, f"{kind}Trainer")(model, **tokens, **options)


def tokenizer():
    """The tokenizer of nine letters, as transformers knows tokenizers."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<end>": 0} | {letter: 1 + place for place, letter in enumerate(ALPHABET)}
    inside = Tokenizer(models.WordLevel(words, unk_token="<end>"))
    inside.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    ends = {"eos_token": "<end>", "pad_token": "<end>", "unk_token": "<end>"}
    return PreTrainedTokenizerFast(tokenizer_object=inside, **ends)


def texts(batch):
    """Token ids, which of them are there, and which of them are answers, [episode, token] each."""
    ids, there = batch.obs[0].clamp(min=0), (batch.obs[0] != PADDING).long()
    answer = torch.zeros_like(there)
    answer[:, -batch.action.shape[-1] :] = batch.mask[0]
    return ids, there, answer


def grpo(scene, tmp_path, loss_type="bnpo"):
    batch, length = scene.batch, scene.batch.action.shape[-1]
    ids, there, answer = texts(batch)
    plain = {
        "use_bias_correction_kl": False
    }  # by default TRL multiplies the leash by the ratio (arXiv 2512.02556)
    trainer = trl_trainer(
        "GRPO",
        scene,
        tmp_path,
        {"loss_type": loss_type, "epsilon": 0.2, "num_generations": 4, "max_completion_length": 6, **plain},
        reward_funcs=lambda **_: 0.0,
    )
    # Given when it is made, TRL would look for the reference under the name of a published model.
    trainer.beta = 0.04
    return their_loss(
        trainer,
        {
            "prompt_ids": ids[:, :-length],
            "prompt_mask": there[:, :-length],
            "completion_ids": ids[:, -length:],
            "completion_mask": answer[:, -length:],
            "advantages": batch.advantage[0, :, 0],
            "old_per_token_logps": batch.logp[0],
            "num_items_in_batch": answer.sum(),
            "ref_per_token_logps": batch.logp_ref[0],
        },
    )


def sft(scene, tmp_path):
    ids, there, answer = texts(scene.batch)
    trainer = trl_trainer("SFT", scene, tmp_path, {"completion_only_loss": True})
    labels = ids.masked_fill(answer == 0, -100)
    return their_loss(trainer, {"input_ids": ids, "attention_mask": there, "labels": labels})


def dpo(scene, tmp_path):
    first_chosen = torch.cat([torch.arange(0, 16, 2), torch.arange(1, 16, 2)])
    ids, there, answer = (value[first_chosen] for value in texts(scene.batch))
    reference = copy.deepcopy(scene.start._shared[0])
    trainer = trl_trainer("DPO", scene, tmp_path, {"beta": 0.3}, ref_model=reference)
    return their_loss(trainer, {"input_ids": ids, "attention_mask": there, "completion_mask": answer})


by_token = partial(partial, mean=per_step)  # the mean that TRL takes


@pytest.mark.parametrize(
    "theirs, loss, other",
    [
        (sft, by_token(sft_loss), lambda n, b: by_token(sft_loss)(n, b.with_(mask=torch.ones_like(b.mask)))),
        (sft, by_token(sft_loss), sft_loss),
        (grpo, by_token(grpo_loss), by_token(grpo_loss, clip=0.1)),
        (grpo, by_token(grpo_loss), by_token(grpo_loss, beta=0.03)),
        (dpo, lambda now, b: dpo_loss(now, b, beta=0.3), dpo_loss),
    ],
    ids=["SFT, mask", "SFT, mean", "GRPO, clip", "GRPO, leash", "DPO"],
)
def test_loss_and_gradient_equal_trl(scene, tmp_path, theirs, loss, other):
    expected = theirs(scene, tmp_path)
    assert far(our_loss(scene, loss), expected) < CLOSE
    assert far(our_loss(scene, other), expected) > 100 * CLOSE  # a small mistake would be seen


@pytest.mark.parametrize(
    "theirs, ours",
    [
        ("bnpo", per_step),
        ("dapo", per_step),
        ("grpo", per_step_per_text),
        ("dr_grpo", per_length(6)),
        ("luspo", per_episode),
    ],
)
def test_each_mean_is_the_one_that_trl_calls_by_that_name(scene, tmp_path, theirs, ours):
    expected = grpo(scene, tmp_path, theirs)
    means = {per_step, per_step_per_text, per_episode, ours}
    near = {mean for mean in means if far(our_loss(scene, partial(grpo_loss, mean=mean)), expected) < CLOSE}
    assert near == {ours}


def test_the_scene_has_texts_of_different_lengths_and_ratios_that_are_clipped(scene):
    batch = scene.batch
    now = scene.policy.evaluate(batch.obs, batch.action)
    ratio = (now.logp - batch.logp).exp()[batch.mask]
    assert ((ratio - 1).abs() > 0.2).any() and ((ratio - 1).abs() < 0.2).any()
    assert len(set(batch.mask.sum(-1)[0].tolist())) > 1 and batch.advantage.std() > 0.1


# The adapter: PEFT
def plain_adapter(policy):
    """PEFT as everybody uses it, around the same base weights, with the same adapter weights."""
    from peft import LoraConfig, get_peft_model

    base = LlamaForCausalLM(config())
    base.load_state_dict(dict(zip(base.state_dict(), policy.reference_weights(), strict=True)))
    with warnings.catch_warnings(action="ignore"):
        peft = get_peft_model(base.eval(), LoraConfig(r=4, lora_alpha=4, target_modules="all-linear"))
    adapter = [weight for name, weight in peft.named_parameters() if "lora_" in name]
    with torch.no_grad():
        for one, other in zip(adapter, policy.parameters(), strict=True):
            one.copy_(other)
    return peft, adapter


def test_the_adapter_equals_plain_peft():
    policy = pretrained()
    peft, adapter = plain_adapter(policy)
    batch = policy.encode([("abc de", "fgh"), ("abc d", "bc")])
    ids, there, answer = texts(batch)
    loss = sft_loss(policy.evaluate(batch.obs, batch.action), batch, mean=per_step).sum()
    ours = [loss.detach(), *torch.autograd.grad(loss, list(policy.parameters()))]
    logp = peft(input_ids=ids, attention_mask=there).logits[:, :-1].log_softmax(-1)
    logp = logp.gather(-1, ids[:, 1:, None])[..., 0]
    loss = -logp[answer[:, 1:] == 1].mean()
    assert far(ours, [loss.detach(), *torch.autograd.grad(loss, adapter)]) < CLOSE


def test_the_merged_weights_that_sample_equal_pefts_merge():
    policy = pretrained()
    merged = plain_adapter(policy)[0].merge_and_unload()
    batch = policy.complete([PROMPTS], Rng([0]), max_new_tokens=6)
    ids, there, answer = texts(batch)
    logp = merged(input_ids=ids, attention_mask=there).logits[:, :-1].log_softmax(-1)
    logp = logp.gather(-1, ids[:, 1:, None])[..., 0][answer[:, 1:] == 1]
    assert (batch.logp[batch.mask] - logp).abs().max() < CLOSE
    unmoved = pretrained(moved=False).evaluate(batch.obs, batch.action).logp[batch.mask]
    assert (unmoved - logp).abs().max() > 100 * CLOSE


# Toys: Stable-Baselines3
def sb3_model(**options):
    """PPO of Stable-Baselines3 on CartPole, told to do what this course does."""
    from stable_baselines3 import PPO

    plain = {"net_arch": [16], "ortho_init": False, "optimizer_kwargs": {"eps": 1e-8}}
    same = {"n_steps": 64, "batch_size": 256, "n_epochs": 4, "ent_coef": 0.0, "vf_coef": 1.0}
    same |= {"max_grad_norm": 1e9, "learning_rate": 3e-3, "clip_range": 0.02, "seed": 0, "device": "cpu"}
    return PPO("MlpPolicy", sb3_worlds(), policy_kwargs=plain, **{**same, **options})


def sb3_worlds(count=4):
    from stable_baselines3.common.env_util import make_vec_env

    return make_vec_env("CartPole-v1", n_envs=count, seed=0)


def sb3_collect(model):
    """Its next rollout, as it keeps it."""
    _, callback = model._setup_learn(10_000)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    return model.rollout_buffer


def segments(model) -> Batch:
    """A rollout of SB3 cut into episodes, padded to one length; the last one of each world may be unfinished."""
    buffer, last_start = model.rollout_buffer, model._last_episode_starts
    rows, (steps, worlds) = [], buffer.rewards.shape
    for world in range(worlds):
        starts = [0, *(np.flatnonzero(buffer.episode_starts[1:, world]) + 1), steps]
        for first, end in itertools.pairwise(starts):
            reward = torch.tensor(buffer.rewards[first:end, world])
            going_on = end == steps and not last_start[world]
            pieces = (buffer.observations, buffer.actions[..., 0], buffer.log_probs)
            after = torch.as_tensor(model._last_obs[world])
            rows.append(
                [reward, *(torch.tensor(piece[first:end, world]) for piece in pieces), not going_on, after]
            )
    pad = lambda place: nn.utils.rnn.pad_sequence([row[place] for row in rows], batch_first=True)[None]
    mask = nn.utils.rnn.pad_sequence([torch.ones(len(row[0])) for row in rows], batch_first=True)[None] > 0
    how = {
        "ended": torch.tensor([[row[4] for row in rows]]),
        "obs_after": torch.stack([row[5] for row in rows])[None],
    }
    return Batch(obs=pad(1), action=pad(2).long(), mask=mask, reward=pad(0), logp=pad(3), **how)


def like(layers, features, outputs) -> Policy:
    """One of SB3's networks as a policy of ours."""
    policy = Policy(mlp(features, outputs, hidden=(16,)), seeds=1)
    with torch.no_grad():
        for ours, theirs in zip(
            policy.stacked, [p for layer in layers for p in layer.parameters()], strict=True
        ):
            ours.copy_(theirs[None])
    return policy


def ours_of(model):
    """Actor and critic."""
    net = model.policy.mlp_extractor
    return like([net.policy_net, model.policy.action_net], 4, 2), like(
        [net.value_net, model.policy.value_net], 4, 1
    )


@pytest.mark.parametrize("lam", [0.0, 0.9, 1.0])
def test_generalised_advantages_equal_stable_baselines3(lam):
    model = sb3_model(gae_lambda=lam)
    buffer = sb3_collect(model)
    assert buffer.episode_starts[1:].any()  # some episodes end inside
    batch = segments(model)
    assert batch.ended.any() and not batch.ended.all()
    critic = GAE(4, critic=ours_of(model)[1])
    value, after = (critic.value(obs).detach() for obs in (batch.obs, batch.obs_after))
    after = torch.where(batch.ended, 0.0, after)
    ours = gae(batch.reward, value, batch.mask, gamma=model.gamma, lam=lam, after=after)[batch.mask]
    theirs = torch.tensor(buffer.advantages.swapaxes(0, 1)).flatten()
    assert (ours - theirs).abs().max() < CLOSE
    wrong = gae(batch.reward, value, batch.mask, gamma=model.gamma - 0.01, lam=lam, after=after)[batch.mask]
    assert (wrong - theirs).abs().max() > 100 * CLOSE
    all_ended = gae(batch.reward, value, batch.mask, gamma=model.gamma, lam=lam)[batch.mask]
    assert (all_ended - theirs).abs().max() > 100 * CLOSE


def test_a_whole_update_of_ppo_equals_stable_baselines3():
    model = sb3_model()
    sb3_collect(model)
    batch = segments(model)
    actor, critic = ours_of(model)
    before = copy.deepcopy(model.policy)

    def ours(clip):
        advantage = GAE(4, gamma=model.gamma, lam=0.95, lr=3e-3, fits=4, critic=critic)
        loss = partial(ppo_loss, clip=clip, mean=per_step)
        data = lambda policy, rng: finish(batch, advantage)
        run = train(actor, data, loss, steps=1, updates=4, lr=3e-3, clip_norm=1e9)
        return [*run.policy.stacked, *advantage.critic.stacked]

    model.train()
    trained = [*ours_of(model)[0].stacked, *ours_of(model)[1].stacked]
    assert far(ours(0.02), trained) < CLOSE
    assert far(ours(0.2), trained) > 10 * CLOSE  # the ratio was clipped
    start = ours_of(SimpleNamespace(policy=before))
    assert far([*start[0].stacked, *start[1].stacked], trained) > 100 * CLOSE
