"""The shapes of requests and answers: what OpenAPI says of them, and what bodies are checked by."""
