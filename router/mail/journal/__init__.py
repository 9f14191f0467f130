"""Owns Exchange's journal reports (MS-XJRNL section 2.1): a mail in an envelope of text that names everybody who got it.

A report is taken as a stream: `unwrap` reads its beginning, `enclosed` gives the mail itself, byte by byte as it was put
in, and nobody holds either of them whole. Whatever cannot be taken apart raises `Damaged`, and nothing else does. It
must never look for a report inside of the enclosed mail: that was written by anybody.
"""

from router.mail.journal.envelope import Envelope, Recipient
from router.mail.journal.report import Damaged, Fault, Report, enclosed, unwrap

__all__ = ["Damaged", "Envelope", "Fault", "Recipient", "Report", "enclosed", "unwrap"]
