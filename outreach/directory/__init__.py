"""Where to send people: teams and places, who they are for, what they ask, how to reach them."""
