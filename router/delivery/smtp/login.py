"""Logging in at a mail server: with a password (PLAIN, LOGIN, CRAM-MD5), or a token (XOAUTH2)."""

import asyncio
import base64
from pathlib import Path

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException

from router.oauth.refusals import CLOSED
from router.oauth.tokens import Tokens
from router.oauth.xoauth2 import LONGEST_LINE, first_answer, with_status

_GO_ON, _WELCOME = 334, 235


async def log_in(client: SMTP, username: str, password_file: Path | None, tokens: Tokens | None) -> None:
    """One try: a wrong password that is sent by every method locks an account all the sooner.

    Raises `SMTPException`, `OSError`, `NoToken`, `TokenRefused`.
    """
    offered = client.server_auth_methods
    if tokens is not None:
        if "xoauth2" not in offered:
            raise SMTPException("the server offers no XOAUTH2")
        token = await asyncio.to_thread(tokens.token)
        try:
            await _xoauth2(client, username, token)
        except SMTPAuthenticationError as error:
            # A server that cannot tell now whether it is good has not refused it (RFC 4954 section 4.7); Exchange says
            # for now what stays so until somebody gives the rights.
            if error.code < 500 and not CLOSED.search(error.message):
                raise
            raise tokens.refused(token, f"{error.code} {error.message}".replace("\n", " ")) from error
    elif password_file is not None:
        password = (await asyncio.to_thread(password_file.read_bytes)).rstrip(b"\r\n")
        if "plain" in offered:
            await client.auth_plain(username, password)
        elif "login" in offered:
            await client.auth_login(username, password)
        elif "cram-md5" in offered:  # RFC 2195: old servers, which offer nothing else without TLS
            await client.auth_crammd5(username, password)
        else:
            raise SMTPException("the server offers no login by password (AUTH PLAIN, LOGIN or CRAM-MD5)")


async def _xoauth2(client: SMTP, username: str, token: str) -> None:
    """A long token goes in a line of its own (RFC 4954 section 4), as Microsoft's documentation has it."""
    answer = base64.b64encode(first_answer(username, token))
    if len(answer) + len("AUTH XOAUTH2 \r\n") <= LONGEST_LINE:
        response = await client.execute_command(b"AUTH", b"XOAUTH2", answer)
    else:
        response = await client.execute_command(b"AUTH", b"XOAUTH2")
        if response.code == _GO_ON:
            response = await client.execute_command(answer)
    challenge = b""
    if response.code == _GO_ON:  # why it refuses; the end comes after an empty line
        challenge = response.message.encode()
        response = await client.execute_command(b"")
    if response.code != _WELCOME:
        raise SMTPAuthenticationError(response.code, with_status(response.message, challenge))
