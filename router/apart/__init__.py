"""Parts of the daemon in processes of their own, so that each has an interpreter, and with it a core, to itself.

Such a part lives and dies with the daemon: it ends when the socket between them ends, whatever ended the daemon, and one
that ends before is started anew by whoever needs it next. It must never see the database.
"""
