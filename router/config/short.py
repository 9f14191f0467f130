"""The short tables [microsoft365] and [google], checked as they are written.

Owns their keys. It must never expand them: `expand` does.
"""

from collections.abc import Mapping

from pydantic import Field

from router.config.base import Part
from router.config.expand import GOOGLE, MICROSOFT365
from router.config.fields import Day, FilePath, SecretFile, SecureUrl, Text


class Microsoft365(Part):
    """[microsoft365]"""

    tenant: Text = Field(description='the tenant, such as "example.com"')
    client_id: Text = Field(description="the application's client id")
    certificate_file: SecretFile | None = None
    client_secret_file: SecretFile | None = None
    secret_expires: Day | None = None
    token_file: FilePath | None = None
    authority: SecureUrl | None = None


class Google(Part):
    """[google]"""

    service_account_file: SecretFile = Field(description="the file with the service account's key")


SHORT: Mapping[str, type[Part]] = {MICROSOFT365: Microsoft365, GOOGLE: Google}
