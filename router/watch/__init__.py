"""Watching over the running daemon: its disk, its database, its pulse, and telling the operator what is wrong."""
