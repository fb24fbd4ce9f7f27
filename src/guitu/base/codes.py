"""National codes as enumerations, each with the standard's name."""

from django.db.models import IntegerChoices, TextChoices


class Sex(TextChoices):
    """GB/T 2261.1-2003 个人基本信息分类与代码 第1部分:人的性别代码."""

    UNKNOWN = "0", "未知"
    MALE = "1", "男"
    FEMALE = "2", "女"
    UNSTATED = "9", "未说明"


class Category(TextChoices):
    """矫正类别 (jzlb) of SF/T 0015; checked against the 2017 item set only."""

    PUBLIC_SURVEILLANCE = "01", "管制"
    PROBATION = "02", "缓刑"
    PAROLE = "03", "假释"
    OUTSIDE_PRISON = "04", "暂予监外执行"


class OffenceClass(TextChoices):
    """犯罪类型 (fzlx) of SF/T 0015: the chapters of the Criminal Law's special part."""

    NATIONAL_SECURITY = "01", "危害国家安全罪"
    PUBLIC_SAFETY = "02", "危害公共安全罪"
    MARKET_ORDER = "03", "破坏社会主义市场经济秩序罪"
    PERSONAL_RIGHTS = "04", "侵犯公民人身权利、民主权利罪"
    PROPERTY = "05", "侵犯财产罪"
    SOCIAL_ORDER = "06", "妨害社会管理秩序罪"
    DEFENCE = "07", "危害国防利益罪"
    CORRUPTION = "08", "贪污贿赂罪"
    DERELICTION = "09", "渎职罪"
    OTHER = "99", "其他"


class Level(TextChoices):
    """管理类别. The words are practice; a province may set others."""

    STRICT = "strict", "严管"
    ORDINARY = "ordinary", "普管"
    LENIENT = "lenient", "宽管"


class OrganisationKind(TextChoices):
    """Kinds of organisation. ``body`` is the county community corrections body (社区矫正机构)."""

    PROVINCE = "province", "省级机构"
    CITY = "city", "市级机构"
    BODY = "body", "县级机构"
    OFFICE = "office", "司法所"
    COURT = "court", "人民法院"
    PROCURATORATE = "procuratorate", "人民检察院"
    POLICE = "police", "公安机关"
    PRISON = "prison", "监狱"
    SOCIAL = "social", "社会组织"


class MonitoringGround(IntegerChoices):
    """The five grounds of article 29 of the Community Corrections Law, by number."""

    PROHIBITION_BREACH = 1, "违反人民法院禁止令"
    LEFT_WITHOUT_LEAVE = 2, "无正当理由，未经批准离开所居住的市、县"
    REFUSED_REPORT_WARNED = 3, "拒不按照规定报告自己的活动情况，被给予警告"
    POLICE_PENALTY = 4, "违反监督管理规定，被给予治安管理处罚"
    REVOCATION_SOUGHT = 5, "拟提请撤销缓刑、假释或者暂予监外执行收监执行"
