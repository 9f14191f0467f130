"""Where the bounce of a message's copy comes back to: ours, and nobody else can make one (`mark`)."""

from dataclasses import dataclass

from router.mail import mark


@dataclass(frozen=True, slots=True)
class Bounces:
    """Makes such an address for each message."""

    key: bytes  # signs our marks
    address: str | None  # our own mailbox
    domain: str | None  # where plus-addresses fail: one that is for bounces alone

    def __call__(self, message: str) -> str:
        """The address."""
        return self.of_token(mark.make(self.key, message))

    def of_token(self, token: str) -> str:
        """The address that has a name which is signed already."""
        if self.domain is not None:
            return f"{token}@{self.domain}"
        local, _, domain = (self.address or "").rpartition("@")
        return f"{local}+{token}@{domain}"
