"""Owns the step from bytes to text: which charset names are believed and what is tried after them.

It must never raise and never hand a name out of a message to Python's codec registry unchecked: the registry keeps
every unknown name for ever, and knows codecs that are no charsets (`hex`), or take quadratic time (`idna`, `punycode`).
"""

from __future__ import annotations

from encodings.aliases import aliases

_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "charmap"}
_NO_CHARSETS |= {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}

# Names of mail that Python lacks, and names whose usual superset is what the senders really write.
_OURS = {
    "iso_8859_1": "cp1252",
    "latin_1": "cp1252",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "euc_cn": "gb18030",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "windows_31j": "cp932",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode_1_1_utf_7": "utf_7",
    "koi8_u": "koi8_u",
    "koi8_ru": "koi8_u",
    "windows_874": "cp874",
    "tis_620": "cp874",
    "big5": "big5hkscs",
}

# Here UTF-8 must not be tried first: these are ASCII to the eye, or pairs of bytes that UTF-8 accepts by accident.
_MULTI = ("iso2022", "utf_7", "utf_16", "utf_32", "hz", "gb", "big5", "cp9", "euc", "johab", "shift")


def _names() -> dict[str, str]:
    known = {codec: codec for codec in aliases.values()} | dict(aliases) | _OURS
    for alias, codec in aliases.items():
        known[alias] = _OURS.get(codec, codec)
    known |= {f"windows_{page}": f"cp{page}" for page in range(1250, 1259)}
    return {name: codec for name, codec in known.items() if codec not in _NO_CHARSETS}


_KNOWN = _names() | _OURS


def codec(name: str) -> str | None:
    """Python's codec for a charset name out of a message, or None where we do not take the name."""
    key = name[:40].strip().strip("\"'").lower().replace("-", "_").replace(" ", "_").replace(".", "_").replace(":", "_")
    return _KNOWN.get(key) or _KNOWN.get(key.removeprefix("x_").removeprefix("cs"))


def decode(data: bytes, declared: str = "") -> str:
    """The text in `data`: UTF-8 where it is that, else the declared charset, else Windows-1252."""
    if data.isascii() and not declared:
        return data.decode("ascii")
    name = codec(declared) if declared else None
    tries = ["utf-8"] if name is None else [name, "utf-8"] if name.startswith(_MULTI) else ["utf-8", name]
    for attempt in tries:
        try:
            return data.decode(attempt)
        except (UnicodeError, LookupError, ValueError):
            continue
    # A declared charset that breaks in one place is still the best reading of the rest.
    if name is not None and name.startswith(_MULTI):
        try:
            return data.decode(name, "replace")
        except (UnicodeError, LookupError, ValueError):
            pass
    return data.decode("cp1252", "replace")
