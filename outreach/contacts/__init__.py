"""One encounter, at one time and place: the base record of everything."""
