"""Language models as policies: sampling and evaluation against a slow, plain implementation."""

import warnings
from functools import partial

import pytest
import torch
from tiny import Letters, config, pretrained, stacked
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM

from helpers.core.distributions import logp_of
from helpers.core.losses import dpo_loss, per_step, ppo_loss, sft_loss
from helpers.core.probes import kl_from, log_likelihood, preference, sample_texts
from helpers.core.runs import load, save
from helpers.core.sources import Completions, Preferences, Recorded, checked_scores, for_seeds
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.core.types import PADDING, Actor
from helpers.lm.fast import laid_out, logp_of_many
from helpers.lm.language import StackedLM, pad_left
from helpers.lm.pretrained import PretrainedLM, _common_start

PROMPTS = ["ab", "ab", "abc de", "h", "h", "h"]
ALIKE = ["abcdef", "abcdef", "abc", "abcd gh", "abcd gh", "abcd"]  # all begin alike


def gpt2():
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 32}
    return GPT2LMHeadModel(GPT2Config(vocab_size=Letters.vocab_size, bos_token_id=0, eos_token_id=0, **sizes))


def plain_logp(policy, batch, model):
    """One text after another, no padding, no cache, all logits."""
    rows = []
    for obs, action, mask in zip(batch.obs[0], batch.action[0], batch.mask[0], strict=True):
        tokens, answer = obs[obs != PADDING][None], action[mask]
        logp = model(input_ids=tokens).logits[0, -len(answer) - 1 : -1].log_softmax(-1)
        rows.append(logp.gather(-1, answer[:, None])[:, 0])
    return rows


@pytest.mark.parametrize("make", [lambda: LlamaForCausalLM(config()), gpt2], ids=["llama", "gpt2"])
@pytest.mark.parametrize("prompts", [PROMPTS, ALIKE], ids=["apart", "alike"])
def test_log_probabilities_equal_a_plain_implementation(make, prompts):
    policy = pretrained(make=make)
    batch = policy.complete([prompts], Rng([0]), max_new_tokens=8)
    now = policy.evaluate(batch.obs, batch.action).logp
    for row, plain in enumerate(plain_logp(policy, batch, policy.active())):
        assert torch.allclose(now[0, row, : len(plain)], plain, atol=1e-5)
        assert torch.allclose(batch.logp[0, row, : len(plain)], plain, atol=1e-5)


@pytest.mark.parametrize("prompts", [PROMPTS, ALIKE], ids=["apart", "alike"])
def test_gradient_equals_a_plain_implementation(prompts):
    policy = pretrained()
    batch = policy.complete([prompts], Rng([1]), max_new_tokens=8)
    ours = torch.autograd.grad(
        sft_loss(policy.evaluate(batch.obs, batch.action), batch, mean=per_step).sum(),
        list(policy.parameters()),
    )
    loss = -torch.cat(plain_logp(policy, batch, policy.active())).mean()
    theirs = torch.autograd.grad(loss, list(policy.parameters()))
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_padding_changes_nothing():
    policy = pretrained()
    batch = policy.encode([("abc de", "fgh"), ("a", "bc")])
    alone = policy.encode([("a", "bc")])
    wide = torch.cat([torch.full((1, 1, 5), PADDING), alone.obs], dim=-1)
    now = policy.evaluate(alone.obs, alone.action).logp
    assert torch.allclose(policy.evaluate(wide, alone.action).logp, now, atol=1e-6)
    assert torch.allclose(policy.evaluate(batch.obs, batch.action).logp[0, 1, :3], now[0, 0], atol=1e-6)


def test_an_answer_ends_after_its_end_of_text_token():
    policy = pretrained()
    batch = policy.complete([["a"] * 64], Rng([0]), max_new_tokens=12)
    ended = (batch.action == 0) & batch.mask
    assert ended.any() and not ended.any(-1).all()  # some ended, some were cut off
    assert (ended.sum(-1) <= 1).all()
    after = ended.long().cumsum(-1) - ended.long() > 0
    assert not (batch.mask & after).any()
    assert (batch.obs[:, :, -batch.action.shape[-1] :][~batch.mask] == PADDING).all()
    cut = ~ended.any(-1)
    assert batch.mask[cut].all()


def test_samples_follow_the_models_own_distribution():
    policy, n = pretrained(), 4000
    batch = policy.complete([["ab"] * n], Rng([0]), max_new_tokens=1)
    share = torch.bincount(batch.action.flatten(), minlength=Letters.vocab_size) / n
    p = policy.evaluate(batch.obs[:, :1], batch.action[:, :1]).logits[0, 0, 0].softmax(-1)
    assert ((share - p).abs() < 4 * (p * (1 - p) / n).sqrt() + 1e-9).all()


def test_reference_is_the_model_without_its_adapter():
    policy = pretrained()
    batch = policy.encode([("ab", "cd"), ("h", "gfe")])
    fresh = PretrainedLM(policy._shared[0], Letters(), lora_rank=4)  # a new adapter adds zero
    reference = policy.reference.evaluate(batch.obs, batch.action).logp
    assert torch.allclose(reference, fresh.evaluate(batch.obs, batch.action).logp, atol=1e-6)
    assert (reference - policy.evaluate(batch.obs, batch.action).logp).abs().max() > 0.01


def test_sampling_leaves_the_base_weights_untouched():
    policy = pretrained()
    before = {name: value.clone() for name, value in policy._shared[0].state_dict().items()}
    policy.complete([PROMPTS], Rng([0]), max_new_tokens=4)
    policy.reference.complete([PROMPTS], Rng([0]), max_new_tokens=4)
    assert all(torch.equal(value, before[name]) for name, value in policy._shared[0].state_dict().items())


def test_clones_share_the_model_and_train_apart():
    policy = pretrained()
    batch = policy.encode([("ab", "cd"), ("h", "gfe")])
    before = policy.evaluate(batch.obs, batch.action).logp.detach()
    run = train(policy, Recorded(batch, episodes=2), sft_loss, steps=40, lr=0.02)
    assert run.policy._shared[0] is policy._shared[0]
    assert torch.equal(policy.evaluate(batch.obs, batch.action).logp, before)
    assert run.policy.evaluate(batch.obs, batch.action).logp.mean() > before.mean() + 0.5


def test_policies_made_from_one_model_share_it_and_its_start():
    model = LlamaForCausalLM(config())
    one, other = (PretrainedLM(model, Letters(), lora_rank=4, seed=3) for _ in range(2))
    assert one._shared[0] is other._shared[0]
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_an_adapter_is_forgotten_with_its_policy():
    policy = pretrained()
    names = set(policy._shared[0].peft_config)
    policy.clone()
    policy.active()  # the next use sweeps
    assert set(policy._shared[0].peft_config) == names


@pytest.mark.parametrize(
    "make, lr", [(stacked, 0.01), (pretrained, 0.02)], ids=["small transformers", "pretrained"]
)
def test_rl_raises_the_reward_of_a_language_model(make, lr):
    data = Completions(
        ["ab", "abc", "h"], lambda p, a: [x.count("a") for x in a], group=8, per_call=2, max_new_tokens=6
    )
    run = train(make(), data, ppo_loss, steps=60, lr=lr)
    reward = run.history[run.history.metric == "reward"].groupby("step").value.mean()
    assert reward.iloc[-5:].mean() > 2 * reward.iloc[:5].mean()


def test_sft_teaches_several_small_transformers_at_once():
    start = stacked()
    pairs = [("ab", "cde"), ("abc", "d"), ("h", "gfe"), ("a a", "hhhh")]
    run = train(
        start, Recorded(start.encode(pairs), episodes=4), partial(sft_loss, mean=per_step), steps=80, lr=0.01
    )
    assert (run.last("loss") < 0.3).all()
    assert len(sample_texts(run.policy, [prompt for prompt, _ in pairs])) == 3 * 4


def test_small_transformers_together_equal_each_alone():
    start = stacked()
    data = lambda policy: Recorded(start.encode([("ab", "cde"), ("h", "gfe"), ("ba", "d")]), episodes=2)
    together = train(start, data(start), sft_loss, steps=10, lr=0.005)
    alone = train(start.select(1), data(start), sft_loss, steps=10, lr=0.005)
    for many, one in zip(together.policy.stacked, alone.policy.stacked, strict=True):
        assert torch.allclose(many[1], one[0], atol=1e-5)


def test_small_transformers_equal_transformers_own_forward():
    start = stacked(2)
    batch = start.encode([("ab", "cde"), ("h", "gf")])
    obs = batch.obs.expand(2, -1, -1)
    ours = start.logits(obs)
    model = LlamaForCausalLM(config(attn_implementation="eager"))
    names = dict(zip(start.names, start.stacked, strict=True))
    model.load_state_dict({name.removeprefix("model."): value[1] for name, value in names.items()})
    tokens = obs[1, 0][None]
    assert torch.allclose(ours[1, 0], model(input_ids=tokens).logits[0], atol=1e-5)


def test_dpo_trains_a_language_model_on_pairs_that_share_a_prompt():
    start = pretrained(moved=False)
    pairs = start.encode([("ab", "cd"), ("ab", "dc"), ("h", "gfe"), ("h", "efg")])
    run = train(start, Preferences(pairs, episodes=4), dpo_loss, steps=20, lr=0.02)
    assert run.history[run.history.metric == "loss"].value.iloc[0] == pytest.approx(0.6931, abs=1e-4)
    prefers = preference(start.encode, [("ab", "cd", "dc"), ("h", "gfe", "efg")], "order")
    assert prefers(run.policy)["order (margin), nats"] > prefers(start)["order (margin), nats"] + 0.5


def test_encode_and_decode_are_inverse():
    policy = stacked(1)
    assert policy.decode(policy.encode([("ab", "cde"), ("abc", "d")])) == [["cde", "d"]]


def test_a_probe_leaves_training_as_it_is():
    start = stacked(2)
    data = lambda: Completions(
        ["ab", "h"], lambda p, a: [len(x) for x in a], group=4, per_call=2, max_new_tokens=4
    )
    batch = start.encode([("ab", "cd")])
    probes = {"drift": kl_from(start, batch), "likelihood": log_likelihood(batch)}
    quiet = train(start, data(), ppo_loss, steps=5, lr=0.01)
    watched = train(start, data(), ppo_loss, steps=5, lr=0.01, probes=probes, probe_every=1)
    assert all(torch.equal(a, b) for a, b in zip(quiet.policy.stacked, watched.policy.stacked, strict=True))
    assert watched.last("drift").gt(0).all()


def test_an_adapter_survives_saving(tmp_path):
    start = pretrained(moved=False)
    batch = start.encode([("ab", "cd"), ("h", "gfe")])
    run = train(start, Recorded(batch, episodes=2), sft_loss, steps=5, lr=0.02)
    back = load(save(run, tmp_path / "run.safetensors"), like=start)
    now = lambda policy: policy.evaluate(batch.obs, batch.action).logp
    assert torch.equal(now(back.policy), now(run.policy))


def test_a_prompt_longer_than_the_context_is_refused():
    for policy in (stacked(1), pretrained()):
        with pytest.raises(ValueError, match="reads 32 at most"):
            policy.complete([["a" * 30]], Rng([0]), max_new_tokens=8)
        with pytest.raises(ValueError, match="reads 32 at most"):
            policy.encode([("a" * 30, "bcd")])


@pytest.mark.parametrize(
    "reward, message",
    [
        (lambda p, a: [1.0], "1 scores for 2 answers"),
        (lambda p, a: [1.0, 2.0, 3.0], "3 scores for 2 answers"),
        (lambda p, a: [1.0, float("nan")], "nan for the answer 'y'"),
        (lambda p, a: [float("inf"), 0.0], "inf for the answer 'x'"),
    ],
)
def test_a_wrong_reward_function_is_told_what_is_wrong(reward, message):
    with pytest.raises(ValueError, match=message):
        checked_scores(reward, ["p", "p"], ["x", "y"])


def test_pad_left_aligns_the_ends():
    assert pad_left([[1, 2, 3], [4]]).tolist() == [[1, 2, 3], [PADDING, PADDING, 4]]


def test_what_a_stack_keeps_beside_its_weights_goes_to_their_device_and_precision():
    policy = stacked(2).start_training()
    moved = policy.clone().double()
    text = moved.encode([("ab", "ca"), ("b", "a")])
    both = for_seeds(text, moved)
    found, before = (one.evaluate(both.obs, both.action).logp for one in (moved, policy))
    assert found.dtype == torch.float64 and torch.allclose(found.float(), before, atol=1e-5)
    away = policy.to("meta")
    kept = [
        getattr(part, name)
        for part in away._hidden[0].modules()
        for name in part.__dict__.get("_constants", ())
    ]
    assert kept and all(one.is_meta for one in kept)
    assert away.device.type == away.reference.device.type == "meta"
    assert away.logits(both.obs.to("meta")).is_meta


def test_a_stack_refuses_an_attention_that_cannot_be_stacked():
    with pytest.raises(ValueError, match="eager"):
        StackedLM(lambda: LlamaForCausalLM(config(attn_implementation="sdpa")), seeds=2)


def test_all_weights_can_be_trained_and_the_reference_stays():
    torch.manual_seed(7)
    policy = PretrainedLM(LlamaForCausalLM(config(initializer_range=0.3)).eval(), Letters(), lora_rank=None)
    batch = policy.encode([("ab", "cd"), ("ab", "gfe")])
    before = policy.evaluate(batch.obs, batch.action).logp.detach()
    run = train(policy, Recorded(batch, episodes=2), sft_loss, steps=20, lr=0.01)
    assert run.policy.evaluate(batch.obs, batch.action).logp.mean() > before.mean() + 0.5
    for same in (policy, policy.reference, run.policy.reference):
        assert torch.equal(same.evaluate(batch.obs, batch.action).logp, before)
    count = lambda one: sum(weight.numel() for weight in one)
    assert count(policy.parameters()) == count(policy.reference_weights())


def test_a_model_with_adapters_is_not_trained_whole():
    with pytest.raises(ValueError, match="load it anew"):
        PretrainedLM(pretrained()._start[0], Letters(), lora_rank=None)


@pytest.mark.parametrize("rows, words", [(3, 7), (50, 49_152)])
def test_log_probabilities_of_a_large_vocabulary_equal_the_plain_ones(rows, words):
    torch.manual_seed(0)
    logits = 3 * torch.randn(2, rows, words, dtype=torch.float64)
    action, weight = torch.randint(words, (2, rows)), torch.randn(2, rows, dtype=torch.float64)
    results = []
    for function in (logp_of, logp_of_many):
        leaf = logits.clone().requires_grad_(True)
        logp = function(leaf, action)
        (logp * weight).sum().backward()
        results.append((logp.detach(), leaf.grad))
    for plain, fast in zip(*results, strict=True):
        assert torch.allclose(plain, fast, atol=1e-12)


@pytest.mark.parametrize("make", [lambda: LlamaForCausalLM(config()), gpt2], ids=["llama", "gpt2"])
@pytest.mark.parametrize("adapter", [True, False], ids=["adapter on", "adapter off"])
def test_a_model_laid_out_for_sampling_computes_what_it_computed(make, adapter):
    policy = pretrained(make=make)
    tokens = torch.randint(1, Letters.vocab_size, (5, 7), generator=torch.Generator().manual_seed(0))
    model = policy.active() if adapter else policy.untrained()
    with torch.no_grad():
        plain = model(input_ids=tokens).logits
        with laid_out(model, policy.adapter if adapter else None):
            assert (model(input_ids=tokens).logits - plain).abs().max() < 1e-5
        with laid_out(model, None if adapter else policy.adapter):  # the check can fail
            assert (model(input_ids=tokens).logits - plain).abs().max() > 1e-3
        assert torch.equal(model(input_ids=tokens).logits, plain)


def test_an_interrupt_while_sampling_leaves_the_model_as_it_was():
    policy = pretrained()
    tokens = torch.tensor([[1, 2, 3]])
    model = policy.active()
    with torch.no_grad():
        plain = model(input_ids=tokens).logits
        with pytest.raises(KeyboardInterrupt), laid_out(model, policy.adapter):
            raise KeyboardInterrupt
        assert torch.equal(model(input_ids=tokens).logits, plain)


@pytest.mark.parametrize(
    "prompts, shared",
    [
        (["abcd", "abef", "ab"], 2),
        (["abcd", "abef", "abh"], 2),
        (["ab", "cd"], 0),
        (["abc", "abc"], 0),
        (["abc", "abcdef"], 3),
    ],
)
def test_what_prompts_share_at_their_beginning_is_found(prompts, shared):
    rows = pad_left([Letters().encode(prompt) for prompt in prompts]).unique(dim=0)
    assert _common_start(rows, rows != PADDING) == shared


def test_second_order_gradients_are_right():
    torch.manual_seed(0)
    logits = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    action = torch.randint(5, (2, 3))
    assert torch.autograd.gradcheck(lambda x: logp_of_many(x, action), logits)
    assert torch.autograd.gradgradcheck(lambda x: logp_of_many(x, action), logits)


def test_a_gradient_of_a_gradient_equals_the_plain_one():
    torch.manual_seed(0)
    action, results = torch.randint(7, (1, 4)), []
    start = torch.randn(1, 4, 7, dtype=torch.float64)
    for function in (logp_of, logp_of_many):
        logits = start.clone().requires_grad_(True)
        first = torch.autograd.grad(function(logits, action).sum(), logits, create_graph=True)[0]
        results.append(torch.autograd.grad(first.square().sum(), logits)[0])
    assert torch.allclose(*results, atol=1e-12) and results[0].abs().max() > 0.01


# What is trained, and what stays frozen


def whole_model():
    torch.manual_seed(7)
    return PretrainedLM(LlamaForCausalLM(config(initializer_range=0.3)), Letters(), lora_rank=None)


KINDS = pytest.mark.parametrize(
    "make", [lambda: stacked(2), pretrained, whole_model], ids=["stacked", "adapter", "whole"]
)


@KINDS
def test_the_frozen_reference_adds_nothing_to_the_weights_that_are_trained(make):
    start = make()
    policy = start.start_training()
    ids = {id(weight) for weight in policy.parameters()}
    assert [weight.shape for weight in policy.parameters()] == [w.shape for w in start.parameters()]
    assert ids == {id(weight) for _, weight in policy.named_parameters() if weight.requires_grad}
    assert policy.state_dict().keys() == start.state_dict().keys()
    assert len(policy.state_dict()) == len(ids) and ids.isdisjoint(map(id, start.parameters()))


@KINDS
def test_the_reference_is_the_policy_that_training_started_from_and_stays_so(make):
    first = make()
    batch = first.encode([("ab", "cd"), ("h", "gfe")])
    once = train(first, Recorded(batch, episodes=2), sft_loss, steps=5, lr=0.02).policy
    wide = [value.expand(len(first.seeds), -1, -1) for value in (batch.obs, batch.action)]
    said = once.evaluate(*wide).logp.detach()
    run = train(once, Recorded(batch, episodes=2), sft_loss, steps=5, lr=0.02)
    again = train(run, Recorded(batch, episodes=2), sft_loss, steps=2, lr=0.02)
    for policy in (run.policy, again.policy, run.policy.clone()):
        assert torch.allclose(policy.reference.evaluate(*wide).logp, said, atol=1e-6)
        assert (policy.evaluate(*wide).logp - said).abs().max() > 0.01
    assert torch.allclose(once.evaluate(*wide).logp, said, atol=1e-6)


@KINDS
def test_weights_are_taken_over_whole_or_refused(make):
    policy = make()
    state = policy.state_dict()
    name = next(iter(state))
    for wrong in ({}, {**state, "more": state[name]}, {**state, name: state[name][..., :1]}):
        with pytest.raises(RuntimeError):
            policy.load_state_dict(wrong)


@KINDS
def test_a_seed_is_asked_for_by_its_own_number(make):
    policy = make()
    for wrong in (7, -1):
        with pytest.raises(ValueError, match="seed"):
            policy.select(wrong)
        if policy.reference:
            with pytest.raises(ValueError, match="seed"):
                policy.reference.select(wrong)


def test_a_pretrained_policy_of_seed_three_is_asked_for_as_three():
    policy = pretrained(seed=3)
    assert policy.select(3).seeds == (3,) and policy.reference.select(3).seeds == (3,)
    with pytest.raises(ValueError, match="3"):
        policy.select(0)


def test_a_reference_writes_and_is_read_like_a_policy():
    run = train(
        pretrained(), Recorded(pretrained().encode([("ab", "c")]), episodes=1), sft_loss, steps=1, lr=0.1
    )
    reference = run.policy.reference
    batch = reference.complete([["ab", "h"]], Rng([0]), max_new_tokens=4)
    assert len(reference.decode(batch)[0]) == 2 and isinstance(reference, Actor)
    read, told = reference.evaluate(batch.obs, batch.action).logp[batch.mask], batch.logp[batch.mask]
    assert len(told) and torch.allclose(read, told, atol=1e-5)
    assert len(sample_texts(reference, ["ab", "h"])) == 2


@pytest.mark.parametrize("move", [lambda p: p.double(), lambda p: p.to(torch.float16), lambda p: p.cpu()])
def test_a_pretrained_policy_says_that_it_is_not_moved_by_itself(move):
    with pytest.raises(TypeError, match="before the policy is made"):
        move(pretrained())


def test_a_model_with_somebody_elses_adapters_is_refused():
    from peft import LoraConfig, get_peft_model

    with warnings.catch_warnings(action="ignore"):
        theirs = get_peft_model(LlamaForCausalLM(config()), LoraConfig(target_modules="all-linear"))
    for model in (theirs, theirs.base_model.model):
        with pytest.raises(ValueError, match="merge"):
            PretrainedLM(model, Letters())


def test_dropout_is_off_so_that_a_text_has_one_likelihood():
    policy = PretrainedLM(gpt2().train(), Letters(), lora_rank=None)
    batch = policy.encode([("ab", "cd")])
    one, other = (policy.evaluate(batch.obs, batch.action).logp for _ in range(2))
    assert torch.equal(one, other)


def test_adapters_are_switched_to_what_is_asked_even_if_an_end_never_came():
    one, other = pretrained(seed=0), pretrained(seed=1, moved=False)
    batch = one.encode([("ab", "cd")])
    ask = lambda: [p.evaluate(batch.obs, batch.action).logp for p in (one, one.reference, other)]
    before = ask()
    lost = laid_out(one.active(), one.adapter)
    lost.__enter__()  # an interrupt came before its end, which may come late
    assert all(map(torch.equal, before, ask()))
    one.untrained()
    lost.__exit__(None, None, None)
    assert all(map(torch.equal, before, ask()))
