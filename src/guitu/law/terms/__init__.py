"""One file a category of term; `guitu.law.term` is the door to all of them."""
