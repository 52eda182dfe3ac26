"""Everything `./dev` needs to run the product on one machine, with the standard library alone.

`dev` itself, the tests' conftest and the bench import this package before, or without, an
installed environment; nothing in it may import anything that is not part of Python.
"""
