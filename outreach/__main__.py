"""`python -m outreach` is the `outreach` program."""

from outreach.commands import main

main()
