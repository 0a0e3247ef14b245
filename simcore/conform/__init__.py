"""Replays of golden vectors: what real code answered against what the model answers."""
