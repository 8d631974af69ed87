"""The parties the suite plays: sockets, processes and time live here."""
