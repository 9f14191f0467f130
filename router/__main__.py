"""`python -m router` is the same as `router`."""

from router.cli.main import main

if __name__ == "__main__":  # the reader's process imports this module too
    main()
