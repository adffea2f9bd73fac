"""Who is who and who may do what: users, sessions, one-time links, roles. In a SQLite file of its own."""
