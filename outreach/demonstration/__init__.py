"""A believable Solna to try, teach and build with: invented staff and an invented year."""
