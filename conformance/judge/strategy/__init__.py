"""What transcripts tell of a strategy: what it asked for, said, held and printed."""
