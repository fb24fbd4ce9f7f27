"""Commands to a device, as pages ask for them; their answers are written by the worker."""

from guitu.tracking.services.devices import (
    cancel,
    locate,
    query_attributes,
    send_text,
    set_interval,
)

__all__ = ["cancel", "locate", "query_attributes", "send_text", "set_interval"]
