"""The application's proof: a certificate that is given, ours, or a new one; or a secret in a file. Nothing is overwritten."""

from datetime import UTC, datetime
from pathlib import Path

from router.cli.checking.cause import of_token
from router.cli.checking.finding import FAULT, Finding
from router.cli.connecting.steps import TITLE, Proof
from router.cli.render import render
from router.oauth import files
from router.oauth.certificate import make_pair, read_pair
from router.oauth.tokens import NoToken

OURS = Path("secrets") / "router.pem"
PUBLIC = Path("router.cer")


def certificate(file: Path, public: Path) -> Proof:
    """The certificate in a file, which is made where it is not there; its public part is written. Raises `NoToken`."""
    public.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write(file, make_pair(TITLE, datetime.now(UTC)))
    pair = read_pair(file)
    try:
        public.write_text(pair.certificate, "utf-8")
    except OSError:  # whoever only tests may not write there
        return Proof(pair, f"the certificate, without the key, of {file}", None)
    return Proof(pair, str(public), None)


def words(trouble: NoToken) -> str:
    """What is wrong with it, and the cure."""
    found = Finding("oauth", "", FAULT, *of_token(trouble, {}))
    return render("check.txt.j2", {"code": found.code, "name": "", **found.values}).strip()
