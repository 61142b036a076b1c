"""Setting up and running the project from a bare checkout: what the Makefile calls as ``python3 -m dev COMMAND``."""
