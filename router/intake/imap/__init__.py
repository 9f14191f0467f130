"""Mail in by IMAP: watched accounts, each with a connection and a thread of its own.

    names       what folders of sent mail are called
    source      what is watched, as plain values
    answers     what a server means by its words
    pauses      how long to wait before the next attempt
    session     one connection: folders, searches, idling
    account     which folders of it are read
    fetch       mails over that session, within a budget of octets
    doubts      mails that a session broke over
    addressing  to whom a mail came, and whether it is any of our business
    asking      what the thread asks the store
    mails       mails of a folder, in steps of which each may be committed
    handing     from the thread to the store, mails and cursor in one commit
    folder      one look at one folder
    healing     a folder whose UIDs have changed
    comparing   what a folder has against what we have of it
    reading     all three: a folder read to its end
    watcher     the thread: one look after the other, for ever
    history     what was there before the first sight, for an import
    condition   how a source stands, and which alarms that raises
    run         the watcher as a run of the daemon

Nothing here ever changes a watched account: folders are opened by EXAMINE and mails fetched by BODY.PEEK (RFC 3501
sections 6.3.2 and 6.4.5), so that no flag of anybody's mail is touched.
"""
