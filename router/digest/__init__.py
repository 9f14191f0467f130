"""Digests: what is said of those who wait, to whom, when, exactly once; and what people answer to it."""
