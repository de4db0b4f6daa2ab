"""The loop and what plugs into it: batches, policies, objectives, advantages, sources, probes. Knows no world."""
