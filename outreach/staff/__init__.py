"""The staff as the administrator keeps them: who is there, where, and with which roles."""
