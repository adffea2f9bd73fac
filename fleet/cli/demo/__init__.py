"""The demo: a job that arrives over HTTP, an operator who answers over HTTP, and a check that all of it happened."""
