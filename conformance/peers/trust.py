"""Whose certificates are trusted: the machine's authorities, and the user's file."""

import ssl

from conformance.errors import BadFile


def trusting(ca: str | None) -> ssl.SSLContext:
    """What the machine trusts, SSL_CERT_FILE included, and the file.

    Raises BadFile where the file has no certificates.
    """
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except (ssl.SSLError, OSError) as error:
            why = f"no certificates can be read from it: {error.strerror or error}"
            raise BadFile(ca, 0, why) from error
    return context
