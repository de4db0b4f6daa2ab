"""What is compared: the same for us and for the peers."""

# Toys: PPO on an empty grid. Full batches, so that a library without minibatches can be compared.
GRID = {"side": 5, "horizon": 16}
PPO = {"envs": 32, "steps": 16, "epochs": 4, "lr": 1e-3, "gamma": 0.99, "lam": 0.95, "clip": 0.2}
NETS = {"lessons": (64,), "large": (64, 64)}  # hidden layers, of policy and of critic
MANY = 64  # seeds

# Language model: SmolLM2-135M, LoRA on every linear layer, no leash.
LLM = {"rank": 16, "prompts": 4, "group": 4, "new_tokens": 24, "lr": 1e-4, "clip": 0.2}
ANSWERS = LLM["prompts"] * LLM["group"]
