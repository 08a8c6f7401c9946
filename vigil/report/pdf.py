"""The printed report: one signed body, typeset, with its QR code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from api.reports.chart import cells, curve
from api.reports.view import view
from domain.errors import Refused
from domain.reports import SignedReport
from domain.sentences.catalogue import bilingual

CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Heiti SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
)

EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def chinese_fonts() -> list[str]:
    """The families of this machine that can write the report; Refused when there is none."""
    import typst

    here = set(typst.Fonts().families())
    found = [name for name in CHINESE if name in here]
    if not found:
        raise Refused(
            "no font with Chinese characters on this machine, the report cannot be printed",
            remedy="install one (Debian: apt-get install fonts-noto-cjk); the JSON needs none",
        )
    return found[:1]


def _ready(
    report: SignedReport, fonts: list[str], drawings: Mapping[str, str]
) -> dict[str, object]:
    """What the template lays out: the view, the words of the paper alone, what was drawn."""
    own = ("title", "scan", "curve_past", "curve_ahead", "cells_picture")
    return {
        **asdict(view(report.body, report.key_id)),
        "fonts": fonts,
        "words": {name: bilingual(f"report.{name}").as_dict() for name in own},
        "drawn": {name: bool(drawn) for name, drawn in drawings.items()},
        "url": report.body["verify_url"],
        "foot": f"{report.report_id} · {report.key_id}",
    }


def render(report: SignedReport) -> bytes:
    """PDF bytes of a signed report; the same report gives the same pages."""
    import segno
    import typst

    fonts = chinese_fonts()
    with TemporaryDirectory(prefix="vigil-report-") as name:
        folder = Path(name)
        drawings = {"curve.svg": curve(report.body), "cells.svg": cells(report.body["cells"])}  # type: ignore[arg-type]
        for file, drawn in drawings.items():
            (folder / file).write_text(drawn or EMPTY, "utf-8")
        ready = json.dumps(_ready(report, fonts, drawings), ensure_ascii=False)
        (folder / "page.json").write_text(ready, "utf-8")
        code = BytesIO()
        segno.make(str(report.body["verify_url"]), error="m").save(code, kind="svg", border=1)
        (folder / "qr.svg").write_bytes(code.getvalue())
        template = resources.files("vigil.report").joinpath("report.typ").read_text("utf-8")
        (folder / "report.typ").write_text(template, "utf-8")
        made = typst.compile(folder / "report.typ", root=folder)
    assert isinstance(made, bytes)
    return made
