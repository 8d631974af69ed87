"""The scripts and checks that judge a Gateway."""
