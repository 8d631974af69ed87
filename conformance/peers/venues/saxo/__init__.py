"""A played Saxo Bank: its OpenAPI over REST and its framed stream."""
