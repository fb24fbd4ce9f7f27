"""The front door: the workbench of each role, the policy around every answer, language, health."""

import json

import pytest
from django.urls import reverse

from guitu.base.models import AuditRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(client):
    """The browser of somebody who is signed in."""

    def browse(account):
        client.force_login(account, backend="guitu.base.backends.AccountBackend")
        return client

    return browse


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client):
    answer = client.get(reverse("workbench"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_an_officers_day_is_read_on_the_record(as_, cast):
    answer = as_(cast.officer).get(reverse("workbench"))
    assert answer.status_code == 200
    assert cast.foreign_person.name not in answer.content.decode()
    row = AuditRecord.objects.filter(action="workbench.read").get()
    assert row.actor_id == cast.officer.pk


@pytest.mark.parametrize("role", ["administrator", "security_officer", "auditor"])
def test_an_administrators_day_names_no_person(as_, cast, role):
    answer = as_(getattr(cast, role)).get(reverse("workbench"))
    text = answer.content.decode()
    assert answer.status_code == 200
    for person in (cast.person, cast.sister_person, cast.foreign_person):
        assert person.name not in text


def test_nothing_inline_and_nothing_from_elsewhere(as_, cast):
    answer = as_(cast.officer).get(reverse("workbench"))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    text = answer.content.decode()
    assert " style=" not in text
    assert "onclick=" not in text


def test_chinese_comes_first_whatever_the_browser_asks(as_, cast):
    browser = as_(cast.officer)
    text = browser.get(reverse("workbench"), headers={"accept-language": "en"}).content.decode()
    assert "今天" in text
    browser.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert "Today" in browser.get(reverse("workbench")).content.decode()
    cast.officer.refresh_from_db()
    assert cast.officer.language == "en"


def test_a_switch_leads_back_to_this_host_alone(as_, cast):
    answer = as_(cast.officer).post(
        reverse("set_theme"), {"theme": "dark", "next": "https://elsewhere.example/x"}
    )
    assert answer["Location"] == "/"


def test_health_names_the_parts_and_no_secret(client):
    answer = client.get(reverse("healthz"))
    said = json.loads(answer.content)
    assert said["database"] is True
    assert set(said) == {"ok", "database", "audit_unsealed_s", "parts"}


def test_an_officer_signs_in_with_name_and_password(client, cast):
    cast.officer.set_password("Ein-gutes-Wort-7")
    cast.officer.save()
    answer = client.post(
        reverse("account_login"), {"login": cast.officer.username, "password": "Ein-gutes-Wort-7"}
    )
    assert answer.status_code == 302
    assert client.get(reverse("workbench")).status_code == 200


def test_five_wrong_passwords_lock_the_account(client, cast):
    cast.officer.set_password("Ein-gutes-Wort-7")
    cast.officer.save()
    url = reverse("account_login")
    for _ in range(5):
        client.post(url, {"login": cast.officer.username, "password": "falsch"})
    answer = client.post(url, {"login": cast.officer.username, "password": "Ein-gutes-Wort-7"})
    assert answer.status_code == 429
    assert "锁定" in answer.content.decode()


def test_nobody_registers_alone(client):
    assert client.get(reverse("account_signup")).status_code == 404


def test_search_finds_own_persons_and_no_foreign_ones(as_, cast):
    browser = as_(cast.officer)
    found = browser.get(reverse("search"), {"q": cast.person.name}).content.decode()
    assert reverse("people:person", args=[cast.person.pk]) in found
    other = browser.get(reverse("search"), {"q": cast.foreign_person.name}).content.decode()
    assert reverse("people:person", args=[cast.foreign_person.pk]) not in other


def test_signing_in_and_failing_to_are_on_the_record(client, cast):
    cast.officer.set_password("Ein-gutes-Wort-7")
    cast.officer.save()
    url = reverse("account_login")
    client.post(url, {"login": cast.officer.username, "password": "falsch"})
    client.post(url, {"login": cast.officer.username, "password": "Ein-gutes-Wort-7"})
    actions = list(AuditRecord.objects.order_by("id").values_list("action", "actor_id"))
    assert ("signin.failed", None) in actions
    assert ("signin.done", cast.officer.pk) in actions


def test_a_one_time_password_is_changed_before_anything_else(as_, cast):
    cast.officer.set_password("Ein-gutes-Wort-7")
    cast.officer.must_change_password = True
    cast.officer.save()
    browser = as_(cast.officer)
    change = reverse("account_change_password")
    assert browser.get(reverse("people:list"))["Location"] == change
    answer = browser.post(
        change,
        {
            "oldpassword": "Ein-gutes-Wort-7",
            "password1": "Noch-ein-Wort-88",
            "password2": "Noch-ein-Wort-88",
        },
    )
    assert answer.status_code == 302
    assert browser.get(reverse("people:list")).status_code == 200


def test_a_long_pause_ends_the_session_and_says_so(as_, cast):
    browser = as_(cast.officer)
    browser.get(reverse("workbench"))
    session = browser.session
    session["seen_at"] = 0
    session.save()
    answer = browser.get(reverse("people:list"))
    assert answer.status_code == 302
    page = browser.get(answer["Location"]).content.decode()
    assert "已自动退出" in page
    assert AuditRecord.objects.filter(action="signin.out").exists()
