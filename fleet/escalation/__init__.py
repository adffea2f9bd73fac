"""Knowing when not to act: questions to people, with options, evidence, a deadline and a safe default."""
