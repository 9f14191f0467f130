"""A company's year of mail that somebody invented, the router that lives through it, and what its digests must say.

company    who the company is: its mailboxes, hours, goals and people, as plain data, and its configuration
facts      what the inventor knows of each mail: who waits from then on, who has answered
writing    the mails, in several languages
generate   the year itself, the same for the same seed
count      what must be said at an instant, counted plainly from the facts alone
running    the daemon on a fast clock, to which each mail is posted at its instant
"""
