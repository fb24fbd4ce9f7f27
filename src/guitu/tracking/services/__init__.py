"""Commands of tracking: the only place that writes alarms' handling, devices, wearings and fences.

Each is one transaction with its history, the person's timeline, the audit and the news for open
pages. Callers scope what they hand in; refusals are :class:`guitu.people.services.Refused`.
"""

from guitu.tracking.services import alarms, commands, devices, fences, protocols, wearings

__all__ = ["alarms", "commands", "devices", "fences", "protocols", "wearings"]
