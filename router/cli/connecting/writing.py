"""Writing the configuration in its short form: checked before it is there, and never over another one unasked."""

import errno
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w

from router.cli.connecting.answers import Answers
from router.cli.render import render
from router.config import Faults, Settings, load


def text(known: Answers, certificate: Path | None, folder: Path) -> str:
    """The file."""
    proof = certificate or known.secret_file
    assert proof is not None
    shown = proof.absolute()
    inside = shown.is_relative_to(folder.absolute())
    values: dict[str, Any] = {
        "timezone": known.timezone,
        "address": known.address,
        "operator": list(known.operator),
        "tenant": known.tenant,
        "client_id": known.client_id,
        "proof": str(shown.relative_to(folder.absolute()) if inside else shown),
    }
    lines = {key: _toml(value) for key, value in values.items()}
    places = {"mailboxes": [*map(_toml, known.mailbox)], "inboxes": [*map(_toml, known.inbox)]}
    authority = _toml(known.authority) if known.authority else None
    key = "certificate_file" if certificate else "client_secret_file"
    return render("connect.toml.j2", {**lines, **places, "authority": authority, "proof_key": key})


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def write(target: Path, content: str, *, force: bool) -> Settings:
    """Put it there; what stood there is kept beside it. Raises `Faults`, and then nothing has changed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with made.open("x", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            load(made, os.environ)
        except Faults as faults:
            raise Faults(replace(one, file=target.name) for one in faults.faults) from None
        if target.exists():
            if not force:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
            shutil.copy2(target, _beside(target))
        os.replace(made, target)
    finally:
        with suppress(OSError):
            made.unlink()
    return load(target, os.environ)


def _beside(target: Path) -> Path:
    """A name that is free."""
    number = 1
    while (place := target.with_name(f"{target.name}.before-{number}")).exists():
        number += 1
    return place
