"""The brokers that we play below a Gateway, one module or folder each."""
