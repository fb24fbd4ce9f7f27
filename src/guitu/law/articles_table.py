"""The register of articles: one row each, in our own words.

Row: law, "number(paragraph)[item]", Chinese, English, and, where they differ from the law's own,
the days in force and `sure`. Everything of the Implementing Measures is `sure=False`: their text
could not be read, only what bureaus restate of it.
"""

from __future__ import annotations

import re
from datetime import date

from guitu.law.articles import Article, Law

_CCL_FROM = date(2020, 7, 1)
_PC_FROM = date(1997, 10, 1)
_AMENDMENT_8 = date(2011, 5, 1)  # 刑法修正案（八）: prohibition orders, community corrections
_AMENDMENT_9 = date(2015, 11, 1)

LAWS: dict[str, Law] = {
    law.key: law
    for law in (
        Law("CCL", "社区矫正法", "Community Corrections Law", _CCL_FROM),
        Law("PC", "刑法", "Criminal Law", _PC_FROM),
        Law("CPL", "刑事诉讼法", "Criminal Procedure Law", date(2018, 10, 26)),
        Law(
            "SPC",
            "最高人民法院关于适用〈中华人民共和国刑事诉讼法〉的解释",
            "Supreme People's Court, Interpretation of the Criminal Procedure Law",
            date(2021, 3, 1),
        ),
        Law(
            "POR",
            "关于对判处管制、宣告缓刑的犯罪分子适用禁止令有关问题的规定（试行）",
            "Provisions on prohibition orders (trial)",
            _AMENDMENT_8,
        ),
        Law("IM", "社区矫正法实施办法", "Implementing Measures of the CCL", _CCL_FROM),
        Law(
            "M2012",
            "社区矫正实施办法",
            "Measures for Community Corrections (2012)",
            date(2012, 3, 1),
            date(2020, 6, 30),
        ),
        Law("PSL25", "治安管理处罚法", "Public Security Penalties Law (2025)", date(2026, 1, 1)),
        Law("SPP", "人民检察院刑事诉讼规则", "Procuratorates' Rules", date(2019, 12, 30)),
        Law(
            "AGE",
            "最高人民法院关于审理未成年人刑事案件具体应用法律若干问题的解释",
            "Supreme People's Court, Interpretation on criminal cases of minors",
            date(2006, 1, 23),
        ),
    )
}

_KEY = re.compile(r"(\d+)(?:\((\d+)\))?(?:\[(\d+)\])?")


def _row(
    law: str,
    number: str,
    zh: str,
    en: str,
    *,
    since: date | None = None,
    until: date | None = None,
    sure: bool = True,
) -> Article:
    found = _KEY.fullmatch(number)
    if found is None:
        raise ValueError(f"{number!r} is no article number: write 29, 29(2) or 29(1)[3]")
    of = LAWS[law]
    return Article(
        law=of,
        number=int(found[1]),
        paragraph=int(found[2]) if found[2] else None,
        item=int(found[3]) if found[3] else None,
        zh=zh,
        en=en,
        in_force_from=since or of.in_force_from,
        in_force_to=until or of.in_force_to,
        sure=sure,
    )


# fmt: off
_TABLE: tuple[Article, ...] = (
    # -- 刑法 -----------------------------------------------------------------------------------
    _row("PC", "38(1)", "管制三个月以上、二年以下。", "Public surveillance lasts three months to two years."),
    _row("PC", "38(2)", "判处管制可以同时发布禁止令。", "A prohibition order may go with public surveillance.", since=_AMENDMENT_8),
    _row("PC", "38(4)", "管制期间违反禁止令的，由公安机关处罚。", "Breach of the order under public surveillance is for the police to punish.", since=_AMENDMENT_8),
    _row("PC", "41", "管制自判决执行之日起算；先行羁押一日折抵二日。", "Public surveillance runs from the start of execution; a day in custody counts two."),
    _row("PC", "42", "拘役一个月以上、六个月以下。", "Short-term detention lasts one to six months."),
    _row("PC", "45", "有期徒刑一般六个月以上、十五年以下。", "Fixed-term imprisonment lasts six months to fifteen years as a rule."),
    _row("PC", "47", "有期徒刑自判决执行之日起算；先行羁押一日折抵一日。", "Imprisonment runs from the start of execution; a day in custody counts one."),
    _row("PC", "69(1)", "数罪并罚时，管制最高三年，拘役最高一年。", "For several crimes public surveillance goes up to three years, detention to one."),
    _row("PC", "72(1)", "拘役或三年以下有期徒刑，符合条件的可以宣告缓刑。", "Detention, or imprisonment of up to three years, may be suspended.", since=_AMENDMENT_8),
    _row("PC", "72(2)", "宣告缓刑可以同时发布禁止令。", "A prohibition order may go with probation.", since=_AMENDMENT_8),
    _row("PC", "73(1)", "拘役的考验期不短于原判刑期，且为二个月以上、一年以下。", "Probation for detention: at least the sentence, two months to one year."),
    _row("PC", "73(2)", "有期徒刑的考验期不短于原判刑期，且为一年以上、五年以下。", "Probation for imprisonment: at least the sentence, one to five years."),
    _row("PC", "73(3)", "缓刑考验期从判决确定之日起算。", "The test period of probation runs from the day the judgment is final."),
    _row("PC", "74", "累犯和犯罪集团的首要分子不适用缓刑。", "Recidivists and ringleaders of criminal groups get no probation.", since=_AMENDMENT_8),
    _row("PC", "75", "缓刑对象应当守法、服从监督、报告活动，离开或迁居须经批准。", "On probation: obey the law and supervision, report, ask before leaving or moving."),
    _row("PC", "76", "缓刑考验期满，原判刑罚不再执行，并公开宣告。", "When probation is passed the sentence is no longer executed; this is announced."),
    _row("PC", "77(2)", "缓刑期间违反监督规定或禁止令，情节严重的，撤销缓刑。", "A grave breach of supervision or of the order revokes probation.", since=_AMENDMENT_8),
    _row("PC", "81(1)", "有期徒刑执行一半以上、无期徒刑实际执行十三年以上，符合条件的可以假释；特殊情况经最高人民法院核准除外。", "Parole after half of a fixed term or thirteen years of life; the Supreme People's Court may except.", since=_AMENDMENT_8),
    _row("PC", "81(2)", "累犯及因特定暴力犯罪被判十年以上的，不得假释。", "No parole for recidivists or for named violent crimes with ten years or more.", since=_AMENDMENT_8),
    _row("PC", "83(1)", "假释考验期：有期徒刑为没有执行完毕的刑期，无期徒刑为十年。", "Parole lasts the unserved rest of a fixed term, ten years for life."),
    _row("PC", "83(2)", "假释考验期从假释之日起算。", "The test period of parole runs from the day of parole."),
    _row("PC", "85", "假释考验期满，认为原判刑罚已经执行完毕。", "When parole is passed the sentence counts as served."),
    _row("PC", "99", "以上、以下、以内均包括本数。", "\"Above\", \"below\" and \"within\" include the number itself."),
    # -- 刑事诉讼法, 解释 ------------------------------------------------------------------------
    _row("CPL", "105(2)", "开始的日不算在期间以内。", "The first day is not counted in a period."),
    _row("CPL", "105(4)", "诉讼期间最后一日为节假日的，顺延至节假日后第一日；不得因此延长羁押。", "A procedural period ending on a rest day runs to the next working day; custody is never lengthened."),
    _row("CPL", "265(1)", "被判有期徒刑或拘役，有严重疾病、怀孕或哺乳、生活不能自理的，可以暂予监外执行。", "Grave illness, pregnancy or nursing, helplessness allow a fixed term to be served outside."),
    _row("CPL", "265(2)", "无期徒刑仅限怀孕或正在哺乳的妇女。", "For life only a pregnant or nursing woman may serve outside."),
    _row("CPL", "265(3)", "有社会危险性或自伤自残的，不得保外就医。", "No release for treatment to the dangerous or the self-injured."),
    _row("CPL", "268(3)", "骗取暂予监外执行或脱逃的期间不计入执行刑期。", "Time outside obtained by bribery or spent in escape is not counted as served."),
    _row("SPC", "202(1)", "以月计算的期间至下月同日；起算日为月末的至下月月末；无同日的至月末；半个月为十五日。", "A period in months ends on the same date; a month's end meets a month's end; half a month is 15 days."),
    _row("SPC", "202(2)", "刑期至同日的前一日；次年或下月无同日的，至该月最后一日的前一日；以月计且从月末起算的同此。", "A penal term ends the day before the same date; without such a date, the day before the month's last day."),
    _row("SPC", "518", "不计入刑期的期间由法院或批准机关在收监时确定并相应顺延刑满日。", "Uncounted time is fixed on recommitment and moves the end of the sentence."),
    _row("SPC", "519", "社区矫正的执行地、期间通知和文书送达。", "Place of execution, notice and service of papers."),
    _row("POR", "6(1)", "禁止令期限可以等于或短于管制、考验期；管制不少于三个月，缓刑不少于二个月。", "An order is at most as long as its term; at least three months (surveillance), two (probation)."),
    _row("POR", "6(2)", "羁押折抵后管制执行期少于三个月的，不受最短期限限制。", "The floor falls away when custody credit leaves less than three months."),
    _row("POR", "6(3)", "禁止令从管制、缓刑执行之日起算。", "The order runs from the start of execution.", sure=False),
    # -- 社区矫正法 -----------------------------------------------------------------------------
    _row("CCL", "2", "适用对象为管制、缓刑、假释、暂予监外执行。", "It applies to surveillance, probation, parole and temporary service outside prison."),
    _row("CCL", "20", "决定机关五日内通知执行地机构，十日内送达文书。", "The deciding organ notifies in five days and serves its papers in ten."),
    _row("CCL", "21(1)", "管制、缓刑、假释对象自文书生效之日起十日内报到。", "Report in within ten days of the judgment's or ruling's effect."),
    _row("CCL", "21(2)", "法院决定暂予监外执行的，自收到决定之日起十日内移送。", "On a court's decision the holding organ hands over within ten days of receipt."),
    _row("CCL", "21(3)", "监狱管理机关、公安机关批准暂予监外执行的，自收到批准之日起十日内移送。", "On an organ's approval the person is handed over within ten days of receipt."),
    _row("CCL", "22", "接收时核对文书和身份，办理登记、建立档案并宣告。", "On intake: check papers and identity, register, open the file, announce."),
    _row("CCL", "23", "社区矫正对象应当守法、服从监督、按规定报告、遵守会客外出迁居规定。", "Duties of the person: obey, report, keep the rules on visitors, leave and moving."),
    _row("CCL", "24", "根据情况制定矫正方案并分类管理，随表现调整。", "A plan and classified management fit the person and change with conduct."),
    _row("CCL", "25", "确定矫正小组；对象为女性的，小组应有女性成员。", "A team is formed; a woman's team has a woman in it."),
    _row("CCL", "27(1)", "离开市县或迁居须经批准，有正当理由的应当批准。", "Leaving the city or county, or moving, needs approval; a good reason must be granted."),
    _row("CCL", "28", "表现好的应当表扬，违规的给予训诫、警告或提请处罚。", "Praise good conduct; admonish, warn or refer a breach."),
    _row("CCL", "29(1)", "有五种情形之一，经县级司法行政部门负责人批准，可以使用电子定位装置。", "On one of five grounds the head of the county justice bureau may approve a device."),
    _row("CCL", "29(1)[1]", "违反人民法院禁止令。", "Breach of a court's prohibition order."),
    _row("CCL", "29(1)[2]", "无正当理由且未经批准离开所居住的市、县。", "Left the city or county of residence without good reason and without approval."),
    _row("CCL", "29(1)[3]", "拒不按规定报告活动情况并被警告。", "Refused to report activities and was warned for it."),
    _row("CCL", "29(1)[4]", "违反监督管理规定并被治安管理处罚。", "Breached supervision and got a police penalty for it."),
    _row("CCL", "29(1)[5]", "拟提请撤销缓刑、撤销假释或收监执行。", "Revocation or recommitment is about to be proposed."),
    _row("CCL", "29(2)", "每次不超过三个月；不需要的及时解除；期满经评估确有必要并经批准可以延长。", "At most three months a time; lifted when not needed; extended on assessment and approval."),
    _row("CCL", "29(3)", "定位信息保密，只能用于社区矫正工作。", "Location data are confidential and serve community corrections alone."),
    _row("CCL", "32", "被拘留或采取强制措施的，决定机关及时通知。", "Detention of the person is notified promptly; the Law gives no number of days."),
    _row("CCL", "33", "符合条件的，提出减刑建议。", "Commutation is proposed where the conditions are met."),
    _row("CCL", "44", "期满或特赦的，发给解除证明书并通知决定机关、检察院、公安机关。", "At the end: certificate of discharge, and notice to organ, procuratorate and police."),
    _row("CCL", "45", "被裁定撤销、决定收监或死亡的，社区矫正终止。", "Revocation, recommitment or death terminates corrections."),
    _row("CCL", "46", "撤销缓刑、假释由机构提出建议，由法院裁定。", "The body proposes revocation, the court rules."),
    _row("CCL", "49", "暂予监外执行具有收监情形的，提出收监建议。", "Recommitment is proposed for temporary service outside prison."),
    _row("CCL", "52", "未成年人的矫正小组应有熟悉其身心特点的人员。", "A minor's team has someone versed in minors."),
    _row("CCL", "54", "未成年人的身份和档案保密。", "A minor's identity and file are kept secret."),
    _row("CCL", "55(2)", "年满十六周岁、有就业意愿的，给予职业技能培训和指导。", "From sixteen on, a minor who wants work gets training."),
    _row("CCL", "58", "未满十八周岁时开始、已满十八周岁的，继续按未成年人规定执行。", "Who began as a minor stays under the chapter after eighteen."),
    # -- 实施办法 (待核) ------------------------------------------------------------------------
    _row("IM", "19", "接收时组成矫正小组。", "The team is formed with the intake.", sure=False),
    _row("IM", "20", "入矫宣告的程序和内容。", "How the intake announcement is made.", sure=False),
    _row("IM", "24", "定期报告；暂予监外执行每月报告身体情况，保外就医每三个月复查。", "Periodic reports; serving outside: body report monthly, review every three months for treatment.", sure=False),
    _row("IM", "37", "电子定位装置的告知、期限和解除；手机不是电子定位装置。", "Notice, term and lifting of a device; a telephone is not one.", sure=False),
    _row("IM", "53", "期满前三十日提交个人总结，机构作出鉴定。", "A personal summary thirty days before the end, then the appraisal.", sure=False),
    _row("IM", "55", "未成年人不公开宣告。", "No public announcement for minors.", sure=False),
    # -- 其他 -----------------------------------------------------------------------------------
    _row("PSL25", "72[4]", "违反监督管理规定的处罚，列管制、剥权、缓刑、暂予监外执行，未列假释。", "Penalty for breach of supervision; parole is not listed."),
    _row("PSL25", "73[1]", "违反禁止令的处罚。", "Penalty for breach of a prohibition order."),
    _row("SPP", "643", "检察院监督社区矫正执行的情形。", "What procuratorates watch over in community corrections."),
    _row("AGE", "2", "周岁从生日第二天起算（比照适用）。", "An age is complete from the day after the birthday (by analogy).", sure=False),
)
# fmt: on

ARTICLES: dict[str, Article] = {row.key: row for row in _TABLE}
if len(ARTICLES) != len(_TABLE):
    raise RuntimeError("two rows of the register of articles have the same key")
