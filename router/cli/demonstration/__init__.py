"""What `router demo` is made of: a stage with the real daemon on it, invented letters, and beats that play them.

`stage` owns the folder and the process, `invented` the letters, `posting` their way by SMTP, `inboxes` what arrived, `ledger`
what the daemon recorded of it, `show` the screen; `beats` and `killing` are the acts, `after` what follows them. Nothing here
does the daemon's work for it: whatever is shown was measured, counted in the folders or asked of the daemon's own record.
"""
