"""A city that lives: recorded traces replayed, simulated terminals, the demo register, load.

Everything here is fictional by construction, and speaks to the rest as real terminals and real
officers do: over sockets, and through the rooms' own services.
"""
