"""The benchmark's grid as a Gymnasium environment: what Stable-Baselines3 and CleanRL are given."""

import gymnasium as gym
import numpy as np

MOVES = ((0, -1), (0, 1), (-1, 0), (1, 0))


class Grid(gym.Env):
    """Walk on an empty square grid from anywhere to a coin anywhere else; observed are three planes of 0 and 1."""

    def __init__(self, side: int, horizon: int):
        self.side, self.horizon = side, horizon
        self.action_space = gym.spaces.Discrete(4)
        self.observation_space = gym.spaces.Box(0, 1, (3 * side * side,), np.float32)

    def _observe(self):
        obs = np.zeros(3 * self.side**2, np.float32)
        obs[self.agent] = obs[self.side**2 + self.coin] = 1
        return obs

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.agent, self.coin = self.np_random.choice(self.side**2, 2, replace=False)
        self.time = 0
        return self._observe(), {}

    def step(self, action):
        row, column = self.agent // self.side + MOVES[action][0], self.agent % self.side + MOVES[action][1]
        if 0 <= row < self.side and 0 <= column < self.side:
            self.agent = row * self.side + column
        self.time += 1
        found = bool(self.agent == self.coin)
        return self._observe(), float(found), found or self.time >= self.horizon, False, {}
