"""The command line, and the one place where the parts are put together (which adapter, which bus, which store)."""
