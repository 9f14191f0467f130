"""Where every process of ours begins: `python -m router` is the same as `router`."""

import gc

from router import COLLECTED


def main() -> None:
    """Entry point of the command."""
    gc.set_threshold(COLLECTED)
    from router.cli.main import main as command  # not before

    command()


if __name__ == "__main__":  # the reader's process imports this module too
    main()
