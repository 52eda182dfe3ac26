"""What tablets wrote without a network: received once, in order, and never lost."""
