"""What subjects are held to: documents, the requirement catalogue, their loaders."""
