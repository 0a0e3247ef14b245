"""What is measured, and against what. Every figure is a ratio from one run."""
