"""The supervision team: formed at intake; a woman in a woman's team; someone versed in minors."""

from __future__ import annotations

from datetime import date

from guitu.law.ages import minors_chapter_applies
from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode, Sex


def team_has_whom_the_law_names(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """What the team lacks, CCL 25 and 52; the law sets no day, so each is undated."""
    if facts.reported_on is None or not facts.is_open(today):
        return ()

    def lacks(code: ObligationCode, zh: str, en: str, basis: tuple[str, str], key: str) -> None:
        found.append(
            Obligation(
                code=code,
                title_zh=zh,
                title_en=en,
                basis_zh=basis[0],
                basis_en=basis[1],
                begins=facts.reported_on or facts.first_day,
                due=None,
                articles=articles(key),
                sure=articles(key)[0].sure,
            )
        )

    found: list[Obligation] = []
    team = facts.team or ()
    if not team:
        lacks(
            ObligationCode.FORM_TEAM,
            "组成矫正小组",
            "form the supervision team",
            ("尚无矫正小组", "there is no supervision team yet"),
            "CCL 25",
        )
    if facts.sex is Sex.FEMALE and not any(m.sex is Sex.FEMALE for m in team):
        lacks(
            ObligationCode.TEAM_NEEDS_WOMAN,
            "矫正小组补女性成员",
            "add a woman to the team",
            ("对象为女性，小组中没有女性成员", "the person is a woman and the team has none"),
            "CCL 25",
        )
    minor = facts.born is not None and minors_chapter_applies(facts.born, facts.first_day)
    if minor and not any(m.versed_in_minors for m in team):
        lacks(
            ObligationCode.TEAM_NEEDS_SOMEONE_FOR_MINORS,
            "矫正小组补熟悉未成年人身心特点的人员",
            "add someone versed in minors to the team",
            (
                "开始矫正时未满十八周岁，小组中没有熟悉未成年人身心特点的人员",
                "under eighteen at the start, and nobody in the team is versed in minors",
            ),
            "CCL 52",
        )
    return tuple(found)
