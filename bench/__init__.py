"""What the product does in a second, beside what the same machine could do at most.

Every figure stands beside a bare limit that was measured in the same run, turn by turn, so that
a slow machine, or a busy one, slows both. Commits wait for the disk, as they do in production.
"""
