"""The way to an IMAP account, its folders, and what goes wrong there: for who puts mail in and for who takes it out."""
