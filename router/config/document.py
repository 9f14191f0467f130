"""One TOML file as a dictionary, or the one fault that keeps it from being read.

Owns reading the bytes and naming the place of what is broken. It must never look at what the keys mean.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from router.config.faults import BARE, MISSING, Fault


def read_document(path: Path, file: str) -> dict[str, Any] | Fault:
    """Read `path`; a fault names it as `file`."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))  # editors on Windows write a byte-order mark
    except FileNotFoundError:
        return Fault(str(path), "this file", MISSING, "a configuration, as `router init DIR` writes")
    except OSError as error:
        return Fault(file, "this file", BARE, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Fault(file, f"line {line}", BARE, "expected text in UTF-8")
    except (ValueError, RecursionError) as error:  # also a number of too many digits, brackets without end
        return _broken(file, str(error))


def _broken(file: str, message: str) -> Fault:
    """Broken TOML, by line and column."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    if not found:
        return Fault(file, "this file", BARE, f"expected valid TOML: {message}")
    where = f"line {found[2]}, column {found[3]}" if found[2] else "end of the file"
    return Fault(file, where, BARE, f"expected valid TOML: {found[1]}")
