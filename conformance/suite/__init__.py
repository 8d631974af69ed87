"""What is required of a subject: scripts, and the checks that read transcripts."""
