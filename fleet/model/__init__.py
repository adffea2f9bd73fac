"""The vocabulary: frozen records and the tables of their states. Depends on nothing else in the project."""
