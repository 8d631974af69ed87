"""Which scripts about strategies nobody can play to a pair, and why."""

IMPOSSIBLE = {
    "closed-elsewhere": "a Gateway on an Engine says of no position that it is bare",
    "key-refused": "a Gateway that we start has the key that the strategy is given",
    "margin-calls": "what becomes of an Engine's margin call is the Gateway's affair",
    "messages": "a real Gateway says nothing that it does not know",
    "platforms": "a Gateway on an Engine has one label, tektii",
    "records": "a Gateway on an Engine never tells that its broker is lost",
    "told-fills": "a real Gateway tells no fill twice, and nobody else's, on demand",
    "stale-data": "a Gateway on an Engine never tells that its data is stale",
}
"""By the script's name; without --gateway-cmd all of them are played."""

UNSEEN = {
    "DUT-34": "a real Gateway passes on no event that cannot be used",
    "DUT-58": "a Gateway on an Engine tells of no rate limit",
}
"""Duties that a script which can be played has no occasion to show."""
