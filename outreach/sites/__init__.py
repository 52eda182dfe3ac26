"""Places, whose activity it is there, and the code lists of the whole product."""
