"""All emails to my inbox: copies every inbound customer mail to the people who run the company.

The package reads as the path that a message takes: `intake` accepts it into the spool of `store`, `routing` decides
where copies go, `delivery` hands them over. `mail` says what a message is, `conversation` holds the policy as pure
functions.
"""

from typing import Final

__version__ = "0.1.0"

# Of 700: what is imported is no garbage, and a start would spend a tenth of its time on looking through it.
COLLECTED: Final = 50_000  # new objects, after which a process of ours looks for garbage
