"""One mail of our own, now: an alarm, a test."""

from collections.abc import Sequence

from router.delivery.courier import Transient
from router.delivery.forms.form import Form
from router.delivery.smtp.session import Relay, connect
from router.delivery.smtp.transactions import End, Parcel, hand_over


async def send_now(relay: Relay, sender: str, recipients: Sequence[str], form: Form) -> dict[str, End]:
    """Send a mail over a session of its own; what became of each recipient.

    An empty `sender` is the null one, to which nobody answers. Raises `CannotSend` where there is no session.
    """
    session = await connect(relay)
    try:
        ends = await hand_over(session, [Parcel(sender, tuple(recipients), form)])
    finally:
        await session.quit()
    if not ends:
        return dict.fromkeys(recipients, Transient(session.link.fault or "the session ended"))
    return dict(zip(recipients, ends[0], strict=True))
