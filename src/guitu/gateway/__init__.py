"""The gateway: terminals on one side, the stream on the other (``python -m guitu.gateway``).

It keeps the sockets, knows who may speak (the register comes through the stream, there is no
database here), writes what admitted terminals report into ``REPORTS`` and acknowledges it once it
is durable there, and carries commands down and their answers up. What positions mean it does not
know: no coordinate is read here, so none can stand in a log.

Files: ``server`` puts the parts together; ``connection`` is one socket, ``dialogue`` what is said
on it, ``admission`` who may speak, ``register`` the devices, ``publisher`` the way into the
stream, ``notices`` and ``commands`` the ways beside it, ``limits`` every number, ``streams`` what
the stream server must hold.
"""
