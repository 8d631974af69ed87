"""What is required of a subject: one script a module, and the checks that read its transcript."""
