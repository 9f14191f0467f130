"""What servers and file systems say, made fit to be stored and shown."""

ERROR_LENGTH = 500  # characters that are kept of an error


def plain(error: str) -> str:
    """The words of a server or a file system may hold bytes that are no text; a database takes none of those."""
    return error.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "")[:ERROR_LENGTH]
