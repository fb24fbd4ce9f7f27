"""Numbers that rest on no text we read, as dated data; `guitu.law.figures` reads them."""
