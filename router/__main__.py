"""`python -m router` is the same as `router`."""

from router.cli.main import main

main()
