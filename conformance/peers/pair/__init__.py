"""A strategy on a real Gateway: what is played around both, and between them."""
