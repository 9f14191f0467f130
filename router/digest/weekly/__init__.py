"""The weekly letter: read (`scene`, `read`), put into lines (`teller`, `rows`), and made into mail (`compose`)."""
