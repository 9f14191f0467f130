"""Logins by token at Microsoft and Google: where access tokens come from, kept and renewed, and why there is none.

    tokens        what couriers and watchers take: a token for one account, and what became of it
    cache         keeps tokens, renews them ahead of their end, lets a provider rest that gives none
    microsoft     application with a certificate or a secret, or a person who signed in with a code
    google        service account for everybody of a domain, or the refresh token of one account
    causes        from the words of a provider or a mail server to a code. Pure
    expiry        when a secret is spoken of before its end. Pure

Providers and cache are plain blocking calls for threads. It knows no settings and no database: values come in.
"""
