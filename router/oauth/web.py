"""Asking a provider over HTTPS: within a time, trusting whom this machine trusts, and watching its clock.

The libraries ask by `requests`, which has a list of authorities of its own: here it trusts SSL_CERT_FILE or the machine's,
as all other connections of the router do.
"""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from router.oauth.tokens import NoToken

PATIENCE = (10.0, 20.0)  # seconds: to connect, for each piece of an answer
SKEWED = 240.0  # seconds that our clock may differ; Microsoft and Google allow five minutes


@dataclass(slots=True)
class Web:
    """One conversation with a provider."""

    session: Any  # of requests
    skew: float = 0.0  # seconds by which our clock is ahead of the provider's
    wait: float = 0.0  # seconds that it asks us to wait
    status: int = 0  # of its last answer

    def notice(self, response: Any, **_: Any) -> None:
        """What an answer tells beside its text."""
        self.status = response.status_code
        asked = response.headers.get("Retry-After", "")
        self.wait = float(asked) if asked.isascii() and asked.isdigit() else 0.0
        try:
            self.skew = time.time() - parsedate_to_datetime(response.headers["Date"]).timestamp()
        except (KeyError, ValueError):
            return

    def close(self) -> None:
        """End its connections."""
        self.session.close()


def web() -> Web:
    """A new one."""
    import requests

    session = requests.Session()
    made = Web(session)
    session.hooks["response"].append(made.notice)
    session.request = partial(_within, session.request, _authorities())  # type: ignore[method-assign]
    return made


def _within(request: Callable[..., Any], authorities: str | bool, *args: Any, **options: Any) -> Any:
    """`requests` has no timeout for a session, and variables of its own go before a session's authorities."""
    return request(*args, **options | {"timeout": PATIENCE, "verify": authorities})


def _authorities() -> str | bool:
    """A file or a folder of certificates."""
    paths = ssl.get_default_verify_paths()
    return os.environ.get("SSL_CERT_FILE") or paths.cafile or paths.capath or True


def no_answer(error: BaseException, url: str) -> NoToken:
    """What it means that a provider gave no answer at all."""
    why, said = "ended", str(error)
    for one in _chain(error):
        match one:
            case ssl.SSLCertVerificationError():
                why, said = "certificate", one.verify_message
            case ssl.SSLError():
                why, said = "tls", one.reason or str(one)
            case socket.gaierror():
                why, said = "name", one.strerror or str(one)
            case ConnectionRefusedError():
                why, said = "refused", one.strerror or str(one)
            case TimeoutError():
                why, said = "silent", "no answer in time"
            case _ if type(one).__name__ in ("ConnectTimeout", "ReadTimeout", "ProxyError"):
                why, said = (
                    ("proxy", str(one)) if type(one).__name__ == "ProxyError" else ("silent", "no answer in time")
                )
            case _:
                continue
        break
    return NoToken("unreachable", why=why, url=url, said=said[:200])


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """From the innermost out: the system knows best."""
    if error is not None:
        yield from _chain(error.__cause__ or error.__context__)
        yield error
