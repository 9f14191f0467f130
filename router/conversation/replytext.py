"""Which words of a reply may order something: those above the quote, and above whatever its writer ends with. Pure."""

import re
from collections.abc import Callable

from router.conversation.commands import SHOWN, TEXT_CAP, read
from router.conversation.orderwords import CLOSINGS, has_verb, said

_REPLY = re.compile(r"\s{0,4}[^\W\d_]{1,12}(?:\[\d{1,3}\])?\s?[:\uff1a]")  # "Re:", "AW:"


def words_of(
    subject: str,
    above: str,
    author: str = "",
    ours: str | None = None,
    *,
    also: Callable[[str], bool] = lambda _: False,
) -> str:
    """What a reply may order: the text above the quote, down to its writer's name or a closing.

    A subject counts where it was written for that, by a link in the digest: all of it is an order, and it answers nothing;
    and so does one of which `also` says so. `ours` is the address that digests come from: a line that names it is the
    header of a quote that nobody knew for one.
    """
    wanted = _REPLY.match(subject) is None and (_is_order(subject) or also(subject))
    lines = [subject] if wanted else []
    name = [word.casefold() for word in re.findall(r"[^\W\d_]++", author[:200])]
    local, _, domain = (ours or "").casefold().rpartition("@")
    ordered = bool(lines)
    for line in above[:TEXT_CAP].split("\n"):
        if domain and f"@{domain}" in (low := line.casefold()) and (f"{local}@" in low or f"{local}+" in low):
            break
        bare = line.strip(" \t\xa0,.!*_-–—").casefold()
        told = said(bare)
        if ordered and (bare in CLOSINGS or _signs(told, name)):
            break
        if (
            told
            and name
            and told[: len(name)] in (name, name[:1])
            and len(told) <= len(name) + 4
            and not has_verb(told)
        ):
            break
        ordered |= has_verb(told)
        lines.append(line)
    return "\n".join(lines)[:TEXT_CAP].strip()


def _signs(told: list[str], name: list[str]) -> bool:
    """Whether a line is a closing and its writer's name: "Thanks, Anna"."""
    ends = [one for one in (name, name[:1]) if one and told[-len(one) :] == one]
    return any(" ".join(told[: -len(one)]) in CLOSINGS for one in ends)


def _is_order(text: str) -> bool:
    found = read(text[:SHOWN])
    return bool(found.orders) and not found.unclear
