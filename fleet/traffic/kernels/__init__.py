"""The compiled parts of traffic on real floors: lines that come too near, timetables, the search through them."""
