"""From a transcript to findings and verdicts; pure."""
