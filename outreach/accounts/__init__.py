"""Staff, their roles and places, signing in."""
