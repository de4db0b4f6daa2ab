"""Lesson 01's two peaks, and what its rules judge."""

import pytest
import torch

from helpers.core import Policy, Recorded, sft_loss, train
from helpers.lessons.lesson01.humps import best_bump, bump, two_peaks
from helpers.worlds.bandits import kl_divergence, probabilities, shown_actions, total_variation


def test_forward_kl_covers_and_reverse_kl_seeks():
    target, place = two_peaks(41, 16), torch.arange(41) - 20.0
    covering, seeking = best_bump(target, reverse=False), best_bump(target, reverse=True)
    mean = float((target * place).sum())  # forward KL matches the target's moments
    assert float((covering * place).sum()) == pytest.approx(mean, abs=0.6)
    assert abs(float((seeking * place).sum()) + 8) < 0.6
    assert kl_divergence(target, covering) < kl_divergence(target, seeking)
    assert kl_divergence(seeking, target) < kl_divergence(covering, target)


def test_a_bump_that_is_trained_finds_the_best_bump():
    target = two_peaks(41, 0)
    data = Recorded(shown_actions(target, target.log(), episodes=2000), episodes=64)
    run = train(Policy(bump(41), seeds=3), data, sft_loss, steps=300, lr=0.03)
    assert total_variation(probabilities(run.policy), target).max() < 0.1
