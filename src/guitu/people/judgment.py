"""What a judgment says, the term that follows from it, and whether its figures can be right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guitu.law import term as law_term
from guitu.law.reasons import Answer
from guitu.law.term import Length, SentenceFacts, Term, term_is_lawful
from guitu.law.words import Category, SentenceKind

_KINDS = {kind.code: kind for kind in SentenceKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """A judgment, ruling or decision as its paper reads.

    ``category``, ``offence_class`` and ``sentence_kind`` are national codes; ``sentence`` and
    ``test_period`` lengths as written (``1年6个月``), the sentence empty for life. ``first_day`` is
    the start of execution (管制), the day of parole, or the first day outside prison; without it
    the effective day. ``sentence_end`` is the sentence's last day, needed for parole from a fixed
    term and for temporary service. ``custody_days`` were served before the judgment.
    """

    category: str
    deciding_organ: str
    judgment_number: str
    judgment_date: date
    effective_date: date
    offence: str
    offence_class: str
    sentence_kind: str
    sentence: str = ""
    test_period: str = ""
    custody_days: int = 0
    added_penalties: str = ""
    crimes: int = 1
    recidivist: bool = False
    first_day: date | None = None
    sentence_end: date | None = None
    released_for_treatment: bool = False

    @property
    def law_category(self) -> Category:
        """The category in the words of ``law``."""
        return Category.of(self.category)

    @property
    def starts(self) -> date:
        """The first day of correction."""
        return self.first_day or self.effective_date


class JudgmentIncomplete(ValueError):
    """Something that the term is reckoned from is missing or can't be read; says what to fill in.

    ``field`` names the field of :class:`Judgment`.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def sentence_kind_of(code: str) -> SentenceKind:
    """The kind of a national code (ypxf); raises :class:`JudgmentIncomplete`."""
    try:
        return _KINDS[code]
    except KeyError:
        raise JudgmentIncomplete("sentence_kind", f"没有代码为“{code}”的刑种，请选择。") from None


def term_of(judgment: Judgment) -> Term:
    """The term, inclusive days, with the steps of its reckoning and its articles.

    Raises :class:`JudgmentIncomplete` naming the field.
    """
    kind = sentence_kind_of(judgment.sentence_kind)
    try:
        match judgment.law_category:
            case Category.PUBLIC_SURVEILLANCE:
                return law_term.public_surveillance_term(
                    judgment.starts,
                    _length(judgment, "sentence"),
                    prior_custody_days=judgment.custody_days,
                )
            case Category.PROBATION:
                return law_term.probation_term(
                    judgment.effective_date, _length(judgment, "test_period")
                )
            case Category.PAROLE if kind is SentenceKind.LIFE:
                return law_term.parole_term_of_life(judgment.starts)
            case Category.PAROLE:
                return law_term.parole_term(judgment.starts, sentence_end=_sentence_end(judgment))
            case Category.TEMPORARY_SERVICE:
                return law_term.temporary_service_term(
                    judgment.starts, sentence_end=_sentence_end(judgment)
                )
    except JudgmentIncomplete:
        raise
    except ValueError:
        raise JudgmentIncomplete(
            "sentence_end",
            f"刑期止日{judgment.sentence_end}早于起日{judgment.starts}，请对照文书改正。",
        ) from None


def judged_by_law(judgment: Judgment) -> Answer:
    """Every reason why the figures can't be right (guitu.law.term); none means they can."""
    return term_is_lawful(
        SentenceFacts(
            category=judgment.law_category,
            kind=sentence_kind_of(judgment.sentence_kind),
            sentence=_length(judgment, "sentence") if judgment.sentence.strip() else None,
            test_period=_length(judgment, "test_period") if judgment.test_period.strip() else None,
            crimes=judgment.crimes,
            recidivist=judgment.recidivist,
        )
    )


def _length(judgment: Judgment, field: str) -> Length:
    text: str = getattr(judgment, field)
    what = {"sentence": "原判刑期", "test_period": "考验期"}[field]
    if not text.strip():
        raise JudgmentIncomplete(field, f"缺少{what}，请按裁判文书填写，例如1年6个月。")
    try:
        return Length.parse(text)
    except ValueError:
        raise JudgmentIncomplete(
            field, f"{what}“{text}”读不懂，请写成1年6个月、2个月或40日的样子。"
        ) from None


def _sentence_end(judgment: Judgment) -> date:
    if judgment.sentence_end is None:
        raise JudgmentIncomplete("sentence_end", "缺少刑期止日，请按执行通知书或裁定书填写。")
    return judgment.sentence_end
