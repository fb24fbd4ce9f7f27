"""Translations: our compiler agrees with the standard library's reader; what is missing is named."""

import gettext
import io
from pathlib import Path

import pytest

from guitu.ops import messages, po

PO = """\
# comment
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "人员"
msgstr "Persons"

msgctxt "verb"
msgid "登记"
msgstr "Register"

msgid "%(count)s 条"
msgid_plural "%(count)s 条"
msgstr[0] "%(count)s row"
msgstr[1] "%(count)s rows"

#, fuzzy
msgid "猜"
msgstr "Guess"

msgid ""
"长"
"句"
msgstr "Long \\"sentence\\"\\n"
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "app" / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO, "utf-8")
    return tmp_path


def test_the_standard_library_reads_what_we_compile(package: Path) -> None:
    entries = po.read(messages.catalogues(package)[0])
    catalogue = gettext.GNUTranslations(io.BytesIO(po.compile_mo(entries)))
    assert catalogue.gettext("人员") == "Persons"
    assert catalogue.pgettext("verb", "登记") == "Register"
    assert catalogue.ngettext("%(count)s 条", "%(count)s 条", 1) == "%(count)s row"
    assert catalogue.ngettext("%(count)s 条", "%(count)s 条", 2) == "%(count)s rows"
    assert catalogue.gettext("长句") == 'Long "sentence"\n'
    assert catalogue.gettext("猜") == "猜", "a guess is not a translation"


def test_a_message_without_english_is_named_with_file_and_line(package: Path) -> None:
    templates = package / "app" / "templates"
    templates.mkdir()
    (templates / "a.html").write_text(
        '{% translate "人员" %}\n{% translate "没有" as x %}\n'
        "{% blocktranslate count count=n %}{{ count }} 条{% plural %}{{ count }} 条"
        "{% endblocktranslate %}\n"
        '{% include "x" with title=_("标题") %}\n',
        "utf-8",
    )
    (package / "app" / "views.py").write_text(
        "from django.utils.translation import gettext as _, pgettext\n"
        "a = _('人员')\nb = pgettext('verb', '登记')\nc = _('缺')\nd = _(f'{a} 人')\n",
        "utf-8",
    )
    found = "\n".join(messages.problems(package))
    assert "a.html:2: no English for '没有'" in found
    assert "a.html:4: no English for '标题'" in found
    assert "views.py:4: no English for '缺'" in found
    assert "views.py:5: an f-string" in found
    assert len(found.splitlines()) == 4


def test_different_placeholders_are_named(package: Path) -> None:
    path = messages.catalogues(package)[0]
    path.write_text(PO + '\nmsgid "共 %(n)s 人"\nmsgstr "%(m)s persons"\n', "utf-8")
    assert "different placeholders" in "\n".join(messages.problems(package))


def test_a_broken_catalogue_is_named(package: Path) -> None:
    path = messages.catalogues(package)[0]
    path.write_text('msgid "人员\n', "utf-8")
    assert "is no quoted string" in "\n".join(messages.problems(package))
