"""What subjects are held to: our documents, the requirement catalogue, and their loaders."""
