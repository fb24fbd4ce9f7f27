"""What the law says about a case, as pure functions of facts and dates.

This room imports nothing of Guitu, reads no clock and touches no database: the caller hands in
facts as frozen dataclasses and the civil day of Asia/Shanghai it is asking about. Every answer
names its articles (`guitu.law.articles`) and says whether they were read in primary text
(`sure`) or still have to be checked by a person ("待核").

All dates are inclusive civil dates unless a name says otherwise (`Span.until` is exclusive).
How a criterion is written is told in docs/law.md.
"""
