"""The load of questions on people: what a journal says of it, against the figures of ISA-18.2."""
