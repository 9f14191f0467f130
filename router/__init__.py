"""All emails to my inbox: copies every inbound customer mail to the people who run the company.

The package reads as the path that a message takes: `intake` accepts it into the spool of `store`, `routing` decides
where copies go, `delivery` hands them over. `mail` says what a message is, `conversation` holds the policy as pure
functions.
"""

__version__ = "0.1.0"
