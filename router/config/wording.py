"""The words for what a type check found: one table from pydantic's error types to our sentences.

Owns how a key is named ('mailbox[2] "support".hours') and what is said of it. It must never let one of pydantic's own
sentences, or a value that it repeats, reach the reader.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

from router.config.faults import BARE, MISSING, Fault

# pydantic's error type -> what was expected; the names in braces come from the error's context.
_EXPECTED: Mapping[str, str] = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": 'a list in brackets, such as ["…"]',
    "model_type": "a table",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
    "string_too_short": "a text that is not empty",
}

Loc = tuple[str | int, ...]  # keys and places, from the outside to the inside

# A key that would hold a secret -> the key that names its file instead.
_SECRET_KEYS = {
    "password": "password_file",
    "client_secret": "client_secret_file",
    "secret": "client_secret_file",
    "certificate": "certificate_file",
}


def refusal(expected: str) -> PydanticCustomError:
    """For a validator to raise: what it expected, in our words."""
    return PydanticCustomError("expected", "{text}", {"text": expected})


def refusals(parts: Iterable[tuple[str, object, str]]) -> PydanticCustomError:
    """The same for several places inside one value: (key below it, value there, what was expected)."""
    return PydanticCustomError("expected_inside", "several", {"parts": list(parts)})


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` where something known is close, else nothing."""
    lower = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), lower, n=1, cutoff=0.7)
    return f'; did you mean "{lower[near[0]]}"?' if near else ""


def one_of(names: Iterable[str]) -> str:
    """`"a", "b" or "c"`."""
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a table as they are written in the file."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def key_of(table: str, loc: Loc, renamed: Mapping[Loc, Loc]) -> str:
    """A key as it is named in a fault; entries of a list count from 1."""
    for now, written in renamed.items():
        if loc[: len(now)] == now:
            loc = written + loc[len(now) :]
            break
    return table + "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)


def unknown_key(file: str, key: str, word: str, known: Iterable[str]) -> Fault:
    """A key that nobody reads, or one that would hold a secret."""
    named = tuple(known)
    instead = _SECRET_KEYS.get(word)
    if instead in named:
        return Fault(file, key, BARE, f"a secret does not belong in this file; use {instead}")
    return Fault(file, key, BARE, f"unknown key{did_you_mean(word, named)}")


def worded(
    file: str,
    table: str,
    model: type[BaseModel],
    errors: Iterable[ErrorDetails],
    renamed: Mapping[Loc, Loc],
) -> Iterator[Fault]:
    """What pydantic found in one table, in our words; `renamed` says how a key was written that is another now."""
    for error in errors:
        key = key_of(table, error["loc"], renamed)
        context: dict[str, Any] = error.get("ctx", {})
        match error["type"]:
            case "missing":
                yield Fault(file, key, MISSING, _wanted(_within(model, error["loc"]), str(error["loc"][-1])))
            case "extra_forbidden":
                yield unknown_key(file, key, str(error["loc"][-1]), keys_of(_within(model, error["loc"])))
            case "expected":
                yield Fault(file, key, error["input"], context["text"])
            case "expected_inside":
                yield from (Fault(file, f"{key}{below}", value, text) for below, value, text in context["parts"])
            case "literal_error":
                yield Fault(file, key, error["input"], _choices(context["expected"], error["input"]))
            case kind:
                text = _EXPECTED.get(kind, "another kind of value").format_map(context)
                yield Fault(file, key, error["input"], text)


def _within(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """The table inside a table in which the last key of a place stands."""
    for part in loc[:-1]:
        found = next((field for name, field in model.model_fields.items() if part in (name, field.alias)), None)
        kinds = (found.annotation, *get_args(found.annotation)) if found else ()
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), model)
    return model


def _wanted(model: type[BaseModel], key: str) -> str:
    """What a missing key should hold: the description of its field."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias) and field.description:
            return field.description
    return "a value"


def _choices(listed: str, found: object) -> str:
    names = [name.strip("'") for name in listed.replace(" or ", ", ").split(", ")]
    return one_of(names) + (did_you_mean(found, names) if isinstance(found, str) else "")
