"""How persons are found: tokens written on each person, and the tokens that a query asks for.

A token is a short text in ``Person.tokens`` under a GIN index; a query is alternatives (OR) of sets
(AND) of tokens. Every kind has its mark, so that kinds can't be mistaken for each other:

====== ===================================================================================
``王``   one or two neighbouring characters of a name (bare: no mark is a name's character)
``~``    a pinyin syllable of the name, and every beginning of it: ``~x``, ``~xi``, ``~xia``
``^``    initials of two neighbouring syllables: ``^wx``
``#``    a case, person or judgment number, whole and by its parts
``=``    keyed hash of the identity number, of the phone, or of the last four of either
====== ===================================================================================

No token holds a clear digit of an identity number or a phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise, product

from django.db.models import Q

from guitu.base.cipher import lookup_hash
from guitu.people.pinyin import order_key, plain_name, readings, units_of

TOKEN_MAX = 40
_WORDS_MAX = 5
_LAST = 4

name_key = order_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Findable:
    """What a person is found by; numbers in the clear, for this moment only."""

    names: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    id_number: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Each word is alternatives of sets of tokens; ``offices`` are words that may name an office."""

    words: tuple[tuple[frozenset[str], ...], ...]
    texts: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.words)

    def condition(self, *, offices: Iterable[tuple[str, list[int]]] = ()) -> Q:
        """The condition on ``Person``; ``offices`` gives, by word, ids of offices so named."""
        named = dict(offices)
        whole = Q()
        for text, alternatives in zip(self.texts, self.words, strict=True):
            any_of = Q()
            for tokens in alternatives:
                any_of |= Q(tokens__contains=sorted(tokens))
            if named.get(text):
                any_of |= Q(office_id__in=named[text])
            whole &= any_of
        return whole


def tokens_of(person: Findable) -> list[str]:
    """Every token of a person, sorted."""
    found: set[str] = set()
    for name in person.names:
        found |= _grams(plain_name(name)) | _spoken(plain_name(name))
    for number in filter(None, person.numbers):
        found |= _numbered(number)
    if person.id_number:
        found |= {_hashed("id", person.id_number), _hashed("id4", person.id_number[-_LAST:])}
    for phone in filter(None, person.phones):
        found |= {_hashed("phone", phone), _hashed("phone4", phone[-_LAST:])}
    return sorted(token for token in found if len(token) <= TOKEN_MAX)


def query_tokens(text: str) -> Query:
    """Read what somebody typed; words are parted by spaces and all must match."""
    words, texts = [], []
    for word in text.split()[:_WORDS_MAX]:
        alternatives = _alternatives(word)
        if alternatives:
            words.append(alternatives)
            texts.append(word)
    return Query(tuple(words), tuple(texts))


def sensitive(word: str) -> bool:
    """Whether a typed word may be (part of) an identity number or a phone: keep it out of logs."""
    digits = sum(character.isdigit() for character in word)
    return digits >= _LAST


def safe_words(text: str) -> str:
    """The words of a search with every number replaced, for the audit."""
    return " ".join("［号码］" if sensitive(word) else word for word in text.split())[:60]


def _alternatives(word: str) -> tuple[frozenset[str], ...]:
    name = plain_name(word)
    found: list[frozenset[str]] = []
    compact = _compact(word)
    if compact and any(character.isdigit() for character in compact):
        found.append(frozenset({_mark_number(compact)}))
        found += [frozenset({token}) for token in _number_hashes(word)]
    if name and not any(character.isdigit() for character in name):
        found.append(frozenset(_query_grams(name)))
        letters = re.sub(r"[^a-z]", "", name.replace("ü", "v"))
        if letters and letters == re.sub(r"['’]", "", name.replace("ü", "v")):
            found += [frozenset(_query_units(units)) for units in units_of(letters)]
    return tuple(dict.fromkeys(tokens for tokens in found if tokens))


def _number_hashes(word: str) -> list[str]:
    digits = "".join(character for character in word if character.isascii() and character.isalnum())
    digits = digits.upper()
    if word.strip().startswith("+86"):
        digits = digits[2:]
    if len(digits) == _LAST and re.fullmatch(r"\d{3}[\dX]", digits):
        return [_hashed("id4", digits), _hashed("phone4", digits)]
    if re.fullmatch(r"\d{17}[\dX]", digits):
        return [_hashed("id", digits)]
    if re.fullmatch(r"\d{7,12}", digits):
        return [_hashed("phone", digits)]
    return []


def _hashed(kind: str, value: str) -> str:
    return f"={lookup_hash(kind, value)}"


def _compact(number: str) -> str:
    return "".join(character for character in plain_name(number) if character.isalnum())


def _mark_number(compact: str) -> str:
    return f"#{compact}"[:TOKEN_MAX]


def _numbered(number: str) -> set[str]:
    parts = {part for part in re.split(r"[^0-9a-z]+", plain_name(number)) if len(part) >= 3}
    return {_mark_number(part) for part in (*parts, _compact(number))}


def _grams(name: str) -> set[str]:
    return {*name, *("".join(pair) for pair in pairwise(name))}


def _query_grams(name: str) -> set[str]:
    return {"".join(pair) for pair in pairwise(name)} if len(name) > 1 else {name}


def _spoken(name: str) -> set[str]:
    said = [readings(character) for character in name]
    found = {
        f"~{reading[:end]}"
        for options in said
        for reading in options
        for end in range(1, len(reading) + 1)
    }
    for left, right in pairwise(options for options in said if options):
        found |= {f"^{a[0]}{b[0]}" for a, b in product(left, right)}
    return found


def _query_units(units: tuple[str, ...]) -> set[str]:
    return {f"~{unit}" for unit in units} | {f"^{a[0]}{b[0]}" for a, b in pairwise(units)}
