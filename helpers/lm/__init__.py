"""Language models as policies, their weights, texts and rewards. They know the core, and nothing else of ours."""
