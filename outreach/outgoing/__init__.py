"""What goes out by SMS and e-mail: queued with what it is about, and handed over once."""
