"""The history of the vault's own schema."""
