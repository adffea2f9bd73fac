"""What is reserved for people, as files: rules in CEL over documented facts, checked before anything runs."""
