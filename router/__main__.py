"""Where every process of ours begins: `python -m router` is the same as `router`."""

import gc


def main() -> None:
    """Entry point of the command."""
    # Of 700: what is imported is no garbage, and a start would spend a tenth of its time on looking through it.
    gc.set_threshold(50_000)
    from router.cli.main import main as command  # not before

    command()


if __name__ == "__main__":  # the reader's process imports this module too
    main()
