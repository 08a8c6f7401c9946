"""The frame of every page: language, person, navigation; errors as pages; forms that come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.auth.caller import Caller
from api.auth.rights import Right
from api.numbers import number
from api.web import formatting
from domain.sentences.bilingual import LANGUAGES
from domain.sentences.catalogue import is_known, sentence
from domain.sentences.names import alert_reason, finding_title, part_name

LANG_COOKIE = "vigil_lang"
ZONE = "Asia/Shanghai"

_OWNER = (("/cars", "cars"), ("/offers", "offers"), ("/orders", "work"), ("/privacy", "privacy"))
# address, message, the right that opens it
_STAFF = (
    ("/console", "queue", Right.QUEUE_READ),
    ("/console/cars", "cars", Right.QUEUE_READ),
    ("/console/orders", "work", Right.WORK_READ),
    ("/console/slots", "slots", Right.QUEUE_READ),
    ("/console/cohorts", "cohorts", Right.COHORT_READ),
    ("/console/group", "group", Right.GROUP_READ),
)

templates = Environment(
    loader=PackageLoader("api.web"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
templates.filters["part"] = part_name
templates.filters["reason"] = alert_reason
templates.filters["finding"] = lambda a, lang: finding_title(a.cause, a.component, lang)


def language(request: Request, caller: Caller | None) -> str:
    """?lang, else the cookie, else the person's, else the browser's first known language."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANG_COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    if caller is not None and caller.person.lang in LANGUAGES:
        return caller.person.lang
    accepted = request.headers.get("accept-language", "").lower().split(",")
    known = (tag.strip()[:2] for tag in accepted if tag.strip()[:2] in LANGUAGES)
    return next(known, "zh")


def is_owner(caller: Caller) -> bool:
    """Owners get the app, everybody else the console."""
    return caller.may(Right.OFFER_DECIDE)


def home(caller: Caller) -> str:
    """Where a person starts."""
    if is_owner(caller):
        return "/cars"
    return next((href for href, _, right in _STAFF if caller.may(right)), "/console/nothing")


def _navigation(path: str, caller: Caller | None, lang: str) -> list[tuple[str, str, bool]]:
    if caller is None:
        return []
    if is_owner(caller):
        places = list(_OWNER)
    else:
        places = [(href, name) for href, name, right in _STAFF if caller.may(right)]
    held = [href for href, _ in places if path == href or path.startswith(f"{href}/")]
    current = max(held, key=len, default="")
    return [(href, sentence(f"web.nav.{name}", lang), href == current) for href, name in places]


def helpers(lang: str, zone: str) -> Mapping[str, Any]:
    """What templates call: words and formats in the reader's language and zone."""
    return {
        "t": lambda id, **args: sentence(id, lang, **args),
        "lang": lang,
        "zone": zone,
        "money": formatting.money,
        "number": number,
        "interval": formatting.interval,
        "signal_name": partial(formatting.signal_name, lang),
        "moment": lambda at: formatting.moment(at, zone, lang),
        "day": lambda at: formatting.day(at, zone, lang),
        "clock_times": lambda start, end: formatting.clock_times(start, end, zone),
        "hours": lambda start, end: formatting.hours(start, end, zone, lang),
    }


def draw(
    request: Request, caller: Caller | None, template: str, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """A page (or a part of one) in the reader's language."""
    lang = language(request, caller)
    zone = caller.person.zone if caller is not None else ZONE
    html = templates.get_template(template).render(
        request=request,
        person=None if caller is None else caller.person,
        caller=caller,
        csrf="" if caller is None else caller.csrf,
        nav=_navigation(request.url.path, caller, lang),
        other_lang=_other_language(request, lang),
        notice=_notice(request, lang),
        **helpers(lang, zone),
        **context,
    )
    answer = HTMLResponse(html, status, headers={"Content-Language": lang, "Vary": "Cookie"})
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(LANG_COOKIE, lang, max_age=31_536_000, samesite="lax", httponly=True)
    return answer


def _other_language(request: Request, lang: str) -> str:
    """The same page in the other language, with its other parameters kept."""
    other = "en" if lang == "zh" else "zh"
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in ("lang", "said")]
    pairs = [*kept, ("lang", other)]
    return "?" + "&".join(f"{quote(k)}={quote(v)}" for k, v in pairs)


def _notice(request: Request, lang: str) -> str:
    said = request.query_params.get("said", "")
    known = f"web.said.{said}"
    return sentence(known, lang) if is_known(known) else ""


def back(href: str, said: str = "") -> RedirectResponse:
    """After a form: go on to a page, with a word of what was done."""
    return RedirectResponse(f"{href}?said={said}" if said else href, 303)


def local(path: str) -> str:
    """A place on this site to go on to; anything else becomes the start page."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain and not parts.scheme and not parts.netloc else "/"


def wants_page(request: Request) -> bool:
    """A person's browser asks for a page, not a program for data."""
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


def error_page(
    request: Request, status: int, title: str, detail: str, remedy: str
) -> Response | None:
    """An error for a person; None where a program asked. 401 leads to the sign-in."""
    if not wants_page(request):
        return None
    if status == 401:
        onward = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(onward)}", 303)
    lang = language(request, None)
    known = f"web.error.{status}"
    heading = sentence(known, lang) if is_known(known) else title
    return draw(
        request,
        None,
        "error.html",
        status=status,
        heading=heading,
        detail=detail,
        remedy=remedy,
        code=status,
        note=_note(status, lang),
    )


def _note(status: int, lang: str) -> str:
    """Details are English: who reads Chinese gets what to do in Chinese first."""
    known = f"web.error_note.{status}"
    return sentence(known, lang) if lang == "zh" and is_known(known) else ""


ErrorPage = Callable[[Request, int, str, str, str], Response | None]
