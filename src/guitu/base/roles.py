"""Who may do what: the roles of the glossary, the permissions, and which role holds which.

A *permission* is a word for an act (``alarm.handle``). A *role* is a set of them. A *post* gives
an account one role at one organisation within one data scope; an account may hold several. What a
person may do to a record is the OR over posts of (the post's role has the permission AND the
record lies in the post's scope), never all permissions times all scopes.

Three administrators stand apart (三员分立): the system's, the security officer and the auditor.
None of them has a permission that shows a person, and none has a permission of another.
"""

from django.db.models import TextChoices

from guitu.base.codes import OrganisationKind


class Permission(TextChoices):
    """Acts that a role may hold. Those of ``PERSONAL`` show or change a person's data."""

    PERSON_READ = "person.read", "查看人员"
    PERSON_WRITE = "person.write", "登记和修改人员"
    PERSON_REVEAL = "person.reveal", "查看证件号码、电话、住址"
    ORDER_READ = "order.read", "查看电子定位决定"
    ORDER_WRITE = "order.write", "登记电子定位决定"
    TRACK_READ = "track.read", "查看位置和轨迹"
    TRACK_EXPORT = "track.export", "导出轨迹"
    FENCE_WRITE = "fence.write", "设置电子围栏"
    ALARM_READ = "alarm.read", "查看告警"
    ALARM_HANDLE = "alarm.handle", "处置告警"
    DEVICE_READ = "device.read", "查看设备"
    DEVICE_WRITE = "device.write", "管理设备"
    WEARING_WRITE = "wearing.write", "佩戴和取下设备"
    ORGANISATION_READ = "organisation.read", "查看机构"
    ORGANISATION_WRITE = "organisation.write", "管理机构"
    ACCOUNT_READ = "account.read", "查看账号"
    ACCOUNT_WRITE = "account.write", "管理账号"
    POST_WRITE = "post.write", "授予岗位和角色"
    ACCOUNT_UNLOCK = "account.unlock", "解锁账号、撤销会话"
    SETTING_READ = "setting.read", "查看系统参数"
    AUDIT_READ = "audit.read", "查看审计"


P = Permission

#: Permissions that show or change a supervised person's data.
PERSONAL = frozenset(
    {
        P.PERSON_READ, P.PERSON_WRITE, P.PERSON_REVEAL, P.ORDER_READ, P.ORDER_WRITE,
        P.TRACK_READ, P.TRACK_EXPORT, P.FENCE_WRITE, P.ALARM_READ, P.ALARM_HANDLE,
        P.WEARING_WRITE,
    }
)  # fmt: skip


class Role(TextChoices):
    """The roles of the glossary that this step uses."""

    OFFICER = "officer", "司法所工作人员"
    OFFICE_HEAD = "office_head", "司法所所长"
    BODY_OFFICER = "body_officer", "区机构工作人员"
    BODY_HEAD = "body_head", "区机构负责人"
    BUREAU_HEAD = "bureau_head", "区司法局负责人"
    CITY_OFFICER = "city_officer", "市机构工作人员"
    PROVINCE_OFFICER = "province_officer", "省机构工作人员"
    DUTY_OPERATOR = "duty_operator", "指挥中心值班"
    SOCIAL_WORKER = "social_worker", "司法社工"
    PROCURATOR = "procurator", "检察官"
    ADMINISTRATOR = "administrator", "系统管理员"
    SECURITY_OFFICER = "security_officer", "安全管理员"
    AUDITOR = "auditor", "审计员"


class Scope(TextChoices):
    """How far a post sees (数据权限)."""

    ALL = "all", "全部"
    UNIT_BELOW = "unit_below", "本部门及以下"
    UNIT = "unit", "本部门"
    OWN = "own", "仅本人"


_READ = {P.PERSON_READ, P.ORDER_READ, P.ALARM_READ, P.ORGANISATION_READ}
_OFFICER = _READ | {
    P.PERSON_WRITE, P.PERSON_REVEAL, P.TRACK_READ, P.FENCE_WRITE, P.ALARM_HANDLE, P.DEVICE_READ,
    P.WEARING_WRITE,
}  # fmt: skip
_BODY = _OFFICER | {P.ORDER_WRITE, P.TRACK_EXPORT, P.DEVICE_WRITE}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(_OFFICER),
    Role.OFFICE_HEAD: frozenset(_OFFICER | {P.TRACK_EXPORT}),
    Role.BODY_OFFICER: frozenset(_BODY),
    Role.BODY_HEAD: frozenset(_BODY),
    Role.BUREAU_HEAD: frozenset(_READ | {P.ORDER_WRITE, P.TRACK_READ}),
    Role.CITY_OFFICER: frozenset(_READ | {P.PERSON_REVEAL, P.TRACK_READ, P.DEVICE_READ}),
    Role.PROVINCE_OFFICER: frozenset(_READ),
    Role.DUTY_OPERATOR: frozenset(_READ | {P.TRACK_READ, P.ALARM_HANDLE, P.DEVICE_READ}),
    Role.SOCIAL_WORKER: frozenset({P.PERSON_READ, P.ORGANISATION_READ}),
    Role.PROCURATOR: frozenset(_READ | {P.TRACK_READ}),
    Role.ADMINISTRATOR: frozenset(
        {P.ORGANISATION_READ, P.ORGANISATION_WRITE, P.ACCOUNT_READ, P.ACCOUNT_WRITE,
         P.DEVICE_READ, P.DEVICE_WRITE, P.SETTING_READ}
    ),
    Role.SECURITY_OFFICER: frozenset(
        {P.ORGANISATION_READ, P.ACCOUNT_READ, P.POST_WRITE, P.ACCOUNT_UNLOCK}
    ),
    Role.AUDITOR: frozenset({P.AUDIT_READ}),
}  # fmt: skip

#: How far a post of the role sees unless the security officer narrows it.
DEFAULT_SCOPE: dict[Role, Scope] = dict.fromkeys(Role, Scope.UNIT_BELOW) | {
    Role.SOCIAL_WORKER: Scope.OWN,
}

_K = OrganisationKind
#: At which kinds of unit a role has its place.
ROLE_UNITS: dict[Role, frozenset[OrganisationKind]] = {
    Role.OFFICER: frozenset({_K.OFFICE}),
    Role.OFFICE_HEAD: frozenset({_K.OFFICE}),
    Role.BODY_OFFICER: frozenset({_K.BODY}),
    Role.BODY_HEAD: frozenset({_K.BODY}),
    Role.BUREAU_HEAD: frozenset({_K.BODY}),
    Role.CITY_OFFICER: frozenset({_K.CITY}),
    Role.PROVINCE_OFFICER: frozenset({_K.PROVINCE}),
    Role.DUTY_OPERATOR: frozenset({_K.BODY, _K.CITY}),
    Role.SOCIAL_WORKER: frozenset({_K.OFFICE, _K.BODY, _K.CITY, _K.SOCIAL}),
    Role.PROCURATOR: frozenset({_K.PROCURATORATE}),
    Role.ADMINISTRATOR: frozenset({_K.BODY, _K.CITY, _K.PROVINCE}),
    Role.SECURITY_OFFICER: frozenset({_K.BODY, _K.CITY, _K.PROVINCE}),
    Role.AUDITOR: frozenset({_K.BODY, _K.CITY, _K.PROVINCE}),
}

#: Whose post may see all persons, whatever the unit.
MAY_SEE_ALL = frozenset({Role.PROVINCE_OFFICER})

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR})
