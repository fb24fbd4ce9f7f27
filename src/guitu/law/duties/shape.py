"""What every duty takes and gives: the facts of a case, and obligations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from guitu.law.articles import Article
from guitu.law.deadlines import Calendar
from guitu.law.words import Category, Level


class Sex(StrEnum):
    """By the names of GB/T 2261.1, as far as the law asks."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member of the supervision team (矫正小组), as far as CCL 25 and 52 ask."""

    sex: Sex
    versed_in_minors: bool = False


@dataclass(frozen=True, slots=True)
class ProhibitionFacts:
    """A prohibition order: the register's reference and its inclusive days."""

    ref: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class MonitoringFacts:
    """A monitoring order: the register's reference, inclusive days, and whether a band is on."""

    ref: str
    first_day: date
    last_day: date
    lifted_on: date | None = None
    device_worn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What the register knows of one case. Days are civil and inclusive; None is "not (yet)".

    `effective_on` is the day the judgment or ruling took effect (surveillance, probation,
    parole), or the day the holding organ received the decision or approval (temporary service
    outside prison). `first_day` and `last_day` bound the term. `ended_on` is the day of
    discharge or termination. `team` is None while no team has been formed.
    """

    category: Category
    effective_on: date
    first_day: date
    last_day: date
    sex: Sex
    born: date | None
    level: Level | None = None
    reported_on: date | None = None
    intake_announced_on: date | None = None
    team: tuple[TeamMember, ...] | None = None
    prohibition_orders: tuple[ProhibitionFacts, ...] = ()
    monitoring_orders: tuple[MonitoringFacts, ...] = ()
    last_periodic_report_on: date | None = None
    released_for_treatment: bool = False  # 保外就医
    last_body_report_on: date | None = None
    last_illness_review_on: date | None = None
    personal_summary_on: date | None = None
    ended_on: date | None = None

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(
                f"the term ends on {self.last_day}, before its first day {self.first_day}"
            )

    def is_open(self, today: date) -> bool:
        """Whether the case is still under supervision on that day."""
        return self.ended_on is None or self.ended_on > today

    def taken_in(self) -> bool:
        """Whether the person has reported in or was handed over."""
        return self.reported_on is not None


class ObligationCode(StrEnum):
    """One member a duty; people's tables and the workbench's filters use these names."""

    REPORT_IN = "report_in"
    ANNOUNCE_INTAKE = "announce_intake"
    FORM_TEAM = "form_team"
    TEAM_NEEDS_WOMAN = "team_needs_woman"
    TEAM_NEEDS_SOMEONE_FOR_MINORS = "team_needs_someone_for_minors"
    PERIODIC_REPORT = "periodic_report"
    BODY_REPORT = "body_report"
    ILLNESS_REVIEW = "illness_review"
    PROHIBITION_ENDS = "prohibition_ends"
    REASSESS_MONITORING = "reassess_monitoring"
    TAKE_DEVICE_BACK = "take_device_back"
    PERSONAL_SUMMARY = "personal_summary"
    DISCHARGE = "discharge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One thing due: what, by when, and by which article.

    `begins` is the day from which it belongs on the workbench; `due` the last day, None where
    the law gives none. `subject` is the register's reference of the order it is about. `sure`
    is False where an article or figure is still to be checked (待核), or a holiday might still
    move the day because that year's calendar is missing. `basis_zh` and `basis_en` say in a
    sentence how the day came about.
    """

    code: ObligationCode
    title_zh: str
    title_en: str
    basis_zh: str
    basis_en: str
    begins: date
    due: date | None
    articles: tuple[Article, ...]
    sure: bool
    subject: str | None = None


#: A duty looks at the facts on a day and answers with what is open, or nothing.
Duty = Callable[[CaseFacts, date, Calendar], tuple[Obligation, ...]]
