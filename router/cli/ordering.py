"""How a command that changes something has it done: by the daemon, or by itself where none runs."""

from collections.abc import Mapping
from typing import Any

from router import control
from router.cli.common import Failure, writing
from router.clock import Clock
from router.config.general import Router
from router.orders import transaction
from router.store.dialect import sqlite_path


def order(router: Router, request: Mapping[str, Any]) -> list[str]:
    """Give an order of `router.orders`; returns what it has changed."""
    path = sqlite_path(router.database)
    try:
        if path is None:
            raise control.NoDaemon
        changed: list[str] = control.ask(control.socket_path(path), request)
    except control.NoDaemon:
        with writing(router) as database:
            changed = database.write("command", transaction(request, Clock()))
    except control.ControlError as error:
        raise Failure(str(error)) from error
    return changed
