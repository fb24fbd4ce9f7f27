"""Devices, wearing, fences, trails, alarms: where the wristbands are and what that means."""
