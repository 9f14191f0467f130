"""`router export`: everything that is known of a person, for whoever asks for it by right."""

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from router.cli.common import Context, Failure, json_option, plain, print_json, print_table, reading
from router.mail.address import normal

RECORD = "known.jsonl"
Add = Callable[[str, Iterable[bytes]], None]  # puts one file of this name there


def address_argument(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """An address in its normal form; a plus-tag stays as it is given."""
    address = normal(value)
    if "@" not in address or any(letter.isspace() for letter in address):
        raise click.BadParameter("expected an address, such as kim@customer.example")
    return address


@click.command("export")
@click.argument("address", callback=address_argument)
@click.option("--to", type=click.Path(path_type=Path), metavar="DIR|FILE.zip", help="With the mails, as .eml files.")
@json_option()
@click.pass_obj
def export_command(context: Context, address: str, to: Path | None, as_json: bool) -> None:
    """Show everything that is known of a person, or write it into a folder or a zip file."""
    from router.store.person import known

    with reading(context.glimpse()) as database:
        objects = known(database, address)
        if (first := next(objects, None)) is None:
            raise Failure(f"nothing is known of {address}")
        everything = _rejoined(first, objects)
        if to is not None:
            try:
                counts = _write(database, everything, to)
            except OSError as error:
                raise Failure(f"cannot be written: {error}") from error
            words = f"{counts['message']} messages, {counts['mails']} mails, written to {to}"
            print_json([counts | {"to": str(to)}]) if as_json else click.echo(words)
        elif as_json:
            print_json(everything)
        else:
            keys = ("received", "direction", "kind", "id", "subject")
            rows = [[plain(one[key]) for key in keys] for one in everything if one["type"] == "message"]
            print_table(("RECEIVED", "DIRECTION", "KIND", "ID", "SUBJECT"), rows)
            click.echo(f"{len(rows)} messages; --json shows all that is known, --to writes it with the mails")


def _rejoined(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def _write(database: Any, objects: Iterable[dict[str, Any]], to: Path) -> dict[str, Any]:
    """Write the record and the mails; each mail once, its name in the objects that have it."""
    counts = dict.fromkeys(("message", "sighting", "event", "copy", "mails"), 0)
    names: dict[str, str | None] = {}
    theirs: set[str | None] = {None}  # a transmission that became no message is its sender's
    with _target(to) as add, tempfile.TemporaryFile() as record:
        for one in objects:
            counts[one["type"]] += 1
            if one["type"] == "message":
                theirs.add(one["id"])
            # A transmission of somebody else's message shows its envelope, not that mail.
            if one["type"] == "message" or (one["type"] == "sighting" and one["message"] in theirs):
                if one["sha256"] not in names:
                    names[one["sha256"]] = _mail(database, one, add)
                    counts["mails"] += names[one["sha256"]] is not None
                one["file"] = names[one["sha256"]]
            line = json.dumps(one, ensure_ascii=False, default=plain)
            record.write(line.encode("utf-8", "backslashreplace") + b"\n")
        record.seek(0)
        add(RECORD, iter(lambda: record.read(1 << 20), b""))
    return counts


def _mail(database: Any, one: dict[str, Any], add: Add) -> str | None:
    """Write the mail of a message or sighting; its name there, None where it is no longer stored."""
    from router.store.person import mail

    if (pieces := mail(database, one["sha256"])) is None:
        return None
    name = f"mails/{one['id']}.eml"
    add(name, pieces)
    return name


@contextmanager
def _target(to: Path) -> Iterator[Add]:
    """A new folder, or a new zip file that appears when it is complete; nobody else on this machine reads either."""
    as_zip = to.suffix.lower() == ".zip"
    if to.exists() and (as_zip or not to.is_dir() or any(to.iterdir())):
        raise Failure(f"{to} is there already: nothing was written")
    with ExitStack() as stack:
        if not as_zip:
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
            (to / "mails").mkdir(mode=0o700)
            yield lambda name, pieces: _file(to / name, pieces)
            return
        part = to.with_name(to.name + ".part")
        stack.callback(part.unlink, missing_ok=True)
        with open(part, "wb", opener=_private) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            yield lambda name, pieces: _entry(archive, name, pieces)
        part.rename(to)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _file(path: Path, pieces: Iterable[bytes]) -> None:
    with open(path, "wb", opener=_private) as file:
        file.writelines(pieces)


def _entry(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)
