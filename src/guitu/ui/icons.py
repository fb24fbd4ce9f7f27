"""The icons: 14 px, 1.5 strokes, our own drawing; each stands beside a word, never alone."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

_CLOCK = '<circle cx="7" cy="7" r="5.5"/>'

SHAPES: dict[str, str] = {
    "breach": '<path d="M.8 7h11.4M9.6 4.4 12.4 7 9.6 9.6M5.2 1.2v3.2M5.2 9.6v3.2"/>',
    "silence": '<path d="M1.6 12.4 12.4 1.6M2.2 9.4a7 7 0 0 1 6-7M5 9.6a4 4 0 0 1 4-4.2M9.8 8.6a3 3 0 0 1-1.4 2.2"/>',
    "gathering": '<circle cx="4.9" cy="7" r="3.7"/><circle cx="9.1" cy="7" r="3.7"/>',
    "tamper": '<path d="M9.6 1.9A5.6 5.6 0 1 0 12.3 5"/><path d="M9.2 4.7 12.3 1.6M12.5 4.3V1.5H9.7"/>',
    "separation": '<circle cx="3.6" cy="7" r="2.4"/><rect x="9.4" y="4.6" width="3.4" height="4.8" rx="1"/><path d="M7.4 2v1.6M7.4 6.2v1.6M7.4 10.4V12"/>',
    "battery": '<rect x="1" y="4" width="10.4" height="6" rx="1.2"/><path d="M13.2 6.2v1.6M3.4 6.2v1.6"/>',
    "sos": '<path d="M7 1.4 13 12.2H1L7 1.4Z"/><path d="M7 5.4v3.2"/><circle class="solid" cx="7" cy="10.3" r=".85"/>',
    "clock": _CLOCK + '<path d="M7 3.9V7l2.2 1.3"/>',
    "overdue": '<circle class="solid" cx="7" cy="7" r="6.2"/><path class="cut" d="M7 3.6V7l2.2 1.3"/>',
    "calendar": '<rect x="1.4" y="2.6" width="11.2" height="10" rx="1.2"/><path d="M1.4 5.8h11.2M4.4 1v2.6M9.6 1v2.6"/>',
    "wait": _CLOCK
    + '<circle class="solid" cx="4.4" cy="7" r=".9"/><circle class="solid" cx="7" cy="7" r=".9"/><circle class="solid" cx="9.6" cy="7" r=".9"/>',
    "check": '<path d="m1.8 7.6 3.4 3.2 7-7.6"/>',
    "cross": '<path d="m2.4 2.4 9.2 9.2M11.6 2.4l-9.2 9.2"/>',
    "lock": '<rect x="2.4" y="6" width="9.2" height="6.6" rx="1.2"/><path d="M4.5 6V4.2a2.5 2.5 0 0 1 5 0V6"/>',
    "unlock": '<rect x="2.4" y="6" width="9.2" height="6.6" rx="1.2"/><path d="M4.5 6V4.2a2.5 2.5 0 0 1 4.8-.9"/>',
    "search": '<circle cx="5.9" cy="5.9" r="4.6"/><path d="m9.4 9.4 3.6 3.6"/>',
    "phone": '<path d="M4.7 1.4 2.6 2.2c-.8.3-1.2 1-1 1.9 1 4.2 4 7.2 8.2 8.3.9.2 1.7-.2 2-1l.7-2-2.8-1.6-1.5 1.4C6.600 8.4 5.500 7.300 4.8 5.700l1.400-1.500-1.500-2.800Z"/>',
    "document": '<path d="M2.600 1.200h5.600l3.200 3.200v8.400H2.600V1.200Z"/><path d="M5 6.800h4M5 9.600h4"/>',
    "info": '<circle cx="7" cy="7" r="5.8"/><path d="M7 6.400v3.600"/><circle class="solid" cx="7" cy="4.100" r=".9"/>',
    "error": '<circle cx="7" cy="7" r="5.8"/><path d="M7 3.800v3.800"/><circle class="solid" cx="7" cy="9.900" r=".9"/>',
    "device": '<rect x="3.600" y="3.800" width="6.800" height="6.400" rx="1.600"/><path d="M5 3.800V1.200h4v2.600M5 10.200v2.600h4v-2.600"/>',
    "map": '<path d="M1.200 3.200 5 1.400l4 1.800 3.800-1.800v9.400L9 12.600l-4-1.800-3.800 1.800V3.200ZM5 1.400v9.400M9 3.200v9.400"/>',
    "fence": '<path d="M7 1.200 12.600 5.300 10.500 12.400H3.500L1.400 5.300 7 1.200Z"/>',
    "person": '<circle cx="7" cy="4.200" r="2.800"/><path d="M1.600 13c.4-3 2.600-4.600 5.400-4.600s5 1.600 5.400 4.600"/>',
    "people": '<circle cx="5" cy="4.600" r="2.300"/><path d="M.8 12.200c.3-2.600 2-4 4.200-4s3.900 1.400 4.200 4M9.400 2.500a2.200 2.200 0 0 1 0 4.200M10.800 8.600c1.400.5 2.200 1.800 2.400 3.600"/>',
    "eye": '<path d="M.8 7S3 2.800 7 2.800 13.200 7 13.200 7 11 11.200 7 11.200.8 7 .8 7Z"/><circle cx="7" cy="7" r="1.700"/>',
    "flag": '<path d="M2.600 13V1.400h8.600L9.200 4.600l2 3.200H2.600"/>',
    "down": '<path d="m3 5 4 4 4-4"/>',
    "right": '<path d="m5 3 4 4-4 4"/>',
    "left": '<path d="m9 3-4 4 4 4"/>',
    "plus": '<path d="M7 2v10M2 7h10"/>',
    "download": '<path d="M7 1.200v7.600M3.800 6 7 9l3.200-3M1.800 12.600h10.400"/>',
    "sound": '<path d="M1.400 5.200v3.600h2.400L7 11.600V2.400L3.800 5.200H1.400ZM9.400 5a3 3 0 0 1 0 4M11.200 3.200a5.400 5.400 0 0 1 0 7.600"/>',
    "mute": '<path d="M1.400 5.200v3.600h2.400L7 11.600V2.400L3.800 5.200H1.400ZM9.600 5.400l3.200 3.200M12.800 5.400 9.600 8.600"/>',
    "play": '<path d="M3.600 1.800v10.400L12 7 3.600 1.800Z"/>',
    "pause": '<path d="M4.400 2v10M9.600 2v10"/>',
    "menu": '<path d="M1.600 3.400h10.800M1.600 7h10.800M1.600 10.600h10.800"/>',
    "print": '<path d="M3.800 5V1.400h6.400V5M3.800 10.400H1.400V5h11.200v5.400h-2.400M3.800 8.600h6.400v4H3.800v-4Z"/>',
    "pin": '<path d="M7 13S2.400 8.800 2.400 5.600a4.600 4.600 0 0 1 9.200 0C11.600 8.800 7 13 7 13Z"/><circle cx="7" cy="5.600" r="1.500"/>',
}


def draw(name: str, *, size: int = 14) -> SafeString:
    """The icon as inline SVG, hidden from readers of text. An unknown name raises KeyError."""
    if name not in SHAPES:
        raise KeyError(f"no icon {name!r}: use one of {', '.join(sorted(SHAPES))}")
    return mark_safe(  # noqa: S308 - our own drawings, an int for the size
        f'<svg class="icon icon-{name}" width="{int(size)}" height="{int(size)}" '
        f'viewBox="0 0 14 14" aria-hidden="true" focusable="false">{SHAPES[name]}</svg>'
    )
