"""What every composer of digests does alike: the letter around a text and its HTML, and what both kinds of view show."""

from dataclasses import replace

from router.conversation.edition import Edition
from router.conversation.proof import Doubt, Proof
from router.digest.letter import Letter
from router.digest.mime import Envelope, alternatives, common, personal
from router.digest.plan import Plan, Post
from router.mail.address import person
from router.mail.words import shown

SENDER = "digest/sender.txt.j2"  # the template of the name in From
_DETAIL = 300  # characters of what a server says


def letter(
    plan: Plan, edition: Edition, post: Post, sender_name: str, to: str, reply: str, subject: str, text: str, html: str
) -> Letter:
    """The mail of an edition to one of its readers."""
    envelope = Envelope(
        digest=plan.name,
        token=post.token(edition.id),
        hostname=post.hostname,
        sender=post.address,
        sender_name=sender_name,
        recipient=to,
        reply_to=reply,
        subject=subject,
        date=edition.made,
    )
    return Letter(to, personal(envelope), common(envelope) + alternatives(text, html, edition.id))


def size(one: Letter) -> int:
    """Octets of the whole mail."""
    return len(one.block) + len(one.body)


def doubts_shown(doubts: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    """What servers say, fit to be read."""
    return tuple(replace(one, detail=shown(one.detail, _DETAIL) if one.detail else None) for one in doubts)


def answerers(plan: Plan, proof: Proof | None) -> tuple[str, ...]:
    """Who has answered lately, where they may be named."""
    return tuple(map(person, proof.authors)) if proof and plan.name_staff else ()
