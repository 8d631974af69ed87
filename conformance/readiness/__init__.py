"""From verdicts to the nine items and one Readiness value; pure."""
