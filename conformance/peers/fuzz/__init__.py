"""Generates requests: schemathesis writes them, a relay of ours sends them on."""
