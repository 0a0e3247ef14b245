"""Tables over a machine's history: columns of numbers, for what no log answers quickly."""
