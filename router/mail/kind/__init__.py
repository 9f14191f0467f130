"""Owns the judgement what sort of mail a message is, and whether it needs an answer.

It must never decide whether a message is copied: it only decides what is counted as waiting. Whatever has no plain
sign is mail of a person, since a person taken for a machine is a customer who waits unnoticed, and the other way round
is one line too many in a digest. It must never raise, and looks at no more of a text than its beginning.

A file per family of signs: `reports` are machine-readable, `prose` are reports in words, `replies` are what answers by
itself, `mass` is what is sent to many, `people` is what only looks like a machine's. `phrases` and `wordings` hold
their words.
"""

from router.mail.kind.kinds import AUTOMATIC, MACHINE, Kind, Verdict
from router.mail.kind.signs import NOBODY, Company
from router.mail.kind.verdict import classify

__all__ = ["AUTOMATIC", "MACHINE", "NOBODY", "Company", "Kind", "Verdict", "classify"]
