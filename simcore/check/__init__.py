"""The model checker: every order of a small machine's micro-steps, with the machine itself."""
