"""What is measured, and against what: `python -m benchmarks`. Figures are ratios from one run."""
