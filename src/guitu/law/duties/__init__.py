"""One duty a file, named as a sentence; this list is the order in which they are asked."""

from __future__ import annotations

from guitu.law.duties.body_is_reported_monthly import body_is_reported_monthly
from guitu.law.duties.device_comes_off_with_its_order import device_comes_off_with_its_order
from guitu.law.duties.illness_is_reviewed_every_three_months import (
    illness_is_reviewed_every_three_months,
)
from guitu.law.duties.intake_is_announced import intake_is_announced
from guitu.law.duties.monitoring_is_reassessed_before_it_ends import (
    monitoring_is_reassessed_before_it_ends,
)
from guitu.law.duties.person_is_discharged_at_the_end import person_is_discharged_at_the_end
from guitu.law.duties.person_reports_in_within_ten_days import person_reports_in_within_ten_days
from guitu.law.duties.person_reports_periodically import person_reports_periodically
from guitu.law.duties.prohibition_order_ends import prohibition_order_ends
from guitu.law.duties.shape import Duty
from guitu.law.duties.summary_is_written_before_the_end import summary_is_written_before_the_end
from guitu.law.duties.team_has_whom_the_law_names import team_has_whom_the_law_names

DUTIES: tuple[Duty, ...] = (
    person_reports_in_within_ten_days,
    intake_is_announced,
    team_has_whom_the_law_names,
    person_reports_periodically,
    body_is_reported_monthly,
    illness_is_reviewed_every_three_months,
    prohibition_order_ends,
    monitoring_is_reassessed_before_it_ends,
    device_comes_off_with_its_order,
    summary_is_written_before_the_end,
    person_is_discharged_at_the_end,
)
