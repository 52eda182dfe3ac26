"""The work that is done without anybody waiting for it."""
