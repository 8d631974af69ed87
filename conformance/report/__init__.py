"""One writer for each form of the report."""
