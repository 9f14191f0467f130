"""Logins by token at Microsoft and Google: where access tokens come from, kept and renewed, and why there is none.

    tokens        what couriers and watchers take: a token for one account, and what became of it
    cache         keeps tokens, and renews them ahead of their end
    pauses        lets a provider rest that gives none, and an account that a mail server refuses
    provider      what a provider is
    microsoft     application with a certificate or a secret, or a person who signed in with a code; it asks by `entra`
    google        service account for everybody of a domain, or the refresh token of one account
    causes        from the words of a provider to a code; `refusals` from those of a mail server. Pure
    expiry        when a secret is spoken of before its end. Pure

Providers and cache are plain blocking calls for threads. It knows no settings and no database: values come in.
"""
