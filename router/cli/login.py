"""`router login`: somebody signs in at Microsoft with a code, and the router may act for that person from then on."""

import click

from router.cli.checking.cause import of_token
from router.cli.checking.finding import FAULT, Finding
from router.cli.checking.telling import worded
from router.cli.common import USAGE, Context, Failure
from router.config import Settings
from router.logins import provider
from router.oauth.microsoft import ByPerson
from router.oauth.tokens import NoToken


@click.command("login")
@click.argument("name")
@click.pass_obj
def login_command(context: Context, name: str) -> None:
    """Sign in with a code for the [[oauth]] NAME, which has a token_file; run it as the user of the router."""
    settings = context.settings()
    found = next((one for one in settings.oauths if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in settings.oauths) or "there is none"
        raise Failure(f'no [[oauth]] has the name "{name}" ({known})', USAGE)
    person = provider(found)
    if not isinstance(person, ByPerson):
        raise Failure(f'oauth "{name}" has no token_file: nobody has to sign in for it', USAGE)
    try:
        account = person.sign_in(_tell)
    except NoToken as trouble:
        trouble.values["oauth"] = name
        raise Failure(_words(settings, trouble)) from trouble
    click.echo(f"signed in as {account}; next: `router check`")


def _tell(code: str, page: str) -> None:
    click.echo(f"open {page} in a browser, on any device, and enter the code {code}")


def _words(settings: Settings, trouble: NoToken) -> str:
    said, cure = worded(settings, Finding("oauth", "", FAULT, *of_token(trouble, {})))
    return f"{said}\n{cure}"
