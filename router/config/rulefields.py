"""How the values of a rule are written: a glob or a list of globs, `">1MB"`, `"outside office"`, names of inboxes.

The names that a rule may use come in the validation context. It must never decide what a value means for a mail:
`router.routing` does.
"""

import re
from collections.abc import Callable
from typing import Annotated, get_args

from pydantic import PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from router.config.fields import size
from router.config.wording import did_you_mean, one_of, refusal, refusals
from router.mail.kind import Kind
from router.routing.conditions import HoursCondition, Sign, Size
from router.routing.globs import any_matches

Header = tuple[tuple[str, tuple[str, ...]], ...]

_FIELD_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 section 3.6.8: printable ASCII without the colon
_SIZE = re.compile(rf"({'|'.join(sorted(get_args(Sign), reverse=True))}) ?(\S+)")
_KINDS = tuple(kind.value for kind in Kind)


def globs(value: object) -> tuple[str, ...]:
    """One glob or a list of them, none of them empty."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise refusal('a text or a list of texts, such as "*@example.com" or ["a*", "b*"]')
    if not listed or not all(one.strip() for one in listed):
        raise refusal('a text that is not empty; "*" stands for anything')
    return tuple(listed)


def header(value: object) -> Header:
    """Names of header fields, each with the values of which it must have one."""
    if not isinstance(value, dict) or not value:
        raise refusal('a table of header fields, such as { "X-Shop" = "*" }')
    found, faults = [], []
    for name, wanted in value.items():
        if not _FIELD_NAME.fullmatch(name):
            faults.append((f".{name}", wanted, 'the name of a header field without its colon, such as "X-Shop"'))
            continue
        try:
            found.append((name, globs(wanted)))
        except PydanticCustomError as error:
            faults.append((f".{name}", wanted, error.message()))
    if faults:
        raise refusals(faults)
    return tuple(found)


def limit(value: object) -> Size:
    """A comparison with a size."""
    wanted = refusal('a comparison with a size, such as ">1MB" or "<=200kB"')
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise wanted
    sign = next(one for one in get_args(Sign) if one == found[1])
    try:
        return Size(sign, size(found[2]))
    except PydanticCustomError:
        raise wanted from None


def hours(value: object, info: ValidationInfo) -> HoursCondition:
    """The name of hours, alone or after `outside`."""
    known = _known(info, "hours")
    words = value.split() if isinstance(value, str) else []
    outside = len(words) == 2 and words[0].casefold() == "outside"
    name = words[-1] if len(words) == 1 or outside else None
    if name in known and name is not None:
        return HoursCondition(name, outside)
    there = f"one of {one_of(known)}" if known else "and there are none"
    hint = did_you_mean(name, known) if name else ""
    raise refusal(f'the name of hours, alone or as in "outside office": {there}{hint}')


def rule_name(value: object) -> str:
    """What a rule is called in a log, in `explain` and in a digest."""
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    raise refusal('a name, such as "everything to the founders"')


def kinds(value: object) -> tuple[str, ...]:
    """Kinds of mail by their names."""
    named = globs(value)
    _refuse(
        [(one, f"a kind of mail: {one_of(_KINDS)}{did_you_mean(one, _KINDS)}") for one in named if one not in _KINDS]
    )
    return named


def _names(table: str, thing: str) -> Callable[[object, ValidationInfo], tuple[str, ...]]:
    """Globs that each stand for at least one name of a table; `*` may stand for none."""

    def read(value: object, info: ValidationInfo) -> tuple[str, ...]:
        known = _known(info, table)
        idle = [one for one in globs(value) if one != "*" and not any_matches((one,), known)]
        wanted = f'the name of {thing}, "*" or a glob that matches one'
        _refuse([(one, wanted + did_you_mean(one, known)) for one in idle])
        return globs(value)

    return read


def _known(info: ValidationInfo, table: str) -> tuple[str, ...]:
    return tuple((info.context or {}).get(table, ()))


def _refuse(wrong: list[tuple[str, str]]) -> None:
    if wrong:
        raise refusals([("", value, expected) for value, expected in wrong])


def place(value: object) -> str:
    """A folder of an inbox, its levels between slashes."""
    levels = value.split("/") if isinstance(value, str) else [""]
    if isinstance(value, str) and value.isprintable() and not {"", ".", ".."} & {level.strip() for level in levels}:
        return value
    raise refusal('the name of a folder, such as "Customers/Shop"')


Globs = Annotated[tuple[str, ...], PlainValidator(globs)]
Mailboxes = Annotated[tuple[str, ...], PlainValidator(_names("mailboxes", "a mailbox"))]
Inboxes = Annotated[tuple[str, ...], PlainValidator(_names("inboxes", "an inbox"))]
Kinds = Annotated[tuple[str, ...], PlainValidator(kinds)]
Headers = Annotated[Header, PlainValidator(header)]
Limit = Annotated[Size, PlainValidator(limit)]
Hours = Annotated[HoursCondition, PlainValidator(hours)]
Place = Annotated[str, PlainValidator(place)]
RuleName = Annotated[str, PlainValidator(rule_name)]
