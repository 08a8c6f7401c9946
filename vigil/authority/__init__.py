"""The small certificate authority: one-time codes, 90-day certificates, a deny list.

ca      keys and certificates, on `cryptography`
book    codes given out and certificates issued (SQLite beside the key)
server  HTTPS for `vigil-gateway enrol` and renewals

The key is made at install and never leaves its folder; an external authority can take its place.
"""
