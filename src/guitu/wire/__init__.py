"""Device protocols as pure functions: bytes to messages and back.

One package a protocol (`jt808` is the model), one set of message types for all
(`guitu.wire.messages`). No sockets, no clock, no randomness: what a protocol needs of
these comes in as an argument.
"""
