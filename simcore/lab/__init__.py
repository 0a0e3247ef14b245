"""Comparisons: one schedule under several policies, measured by the same ruler."""
