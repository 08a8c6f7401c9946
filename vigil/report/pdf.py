"""The printed report: one signed body, typeset, with its QR code."""

from __future__ import annotations

import json
from importlib import resources
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import Refused
from domain.reports import SignedReport
from vigil.report.chart import curve
from vigil.report.page import page

CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Noto Serif CJK SC",
           "Source Han Serif SC", "Heiti SC", "Microsoft YaHei", "WenQuanYi Zen Hei")  # fmt: skip


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


def render(report: SignedReport) -> bytes:
    """PDF bytes of a signed report; the same report gives the same pages."""
    import segno
    import typst

    fonts = chinese_fonts()
    with TemporaryDirectory(prefix="vigil-report-") as name:
        folder = Path(name)
        ready = json.dumps(page(report, fonts), ensure_ascii=False)
        (folder / "page.json").write_text(ready, "utf-8")
        (folder / "curve.svg").write_text(curve(report.body), "utf-8")
        code = BytesIO()
        segno.make(str(report.body["verify_url"]), error="m").save(code, kind="svg", border=1)
        (folder / "qr.svg").write_bytes(code.getvalue())
        template = resources.files("vigil.report").joinpath("report.typ").read_text("utf-8")
        (folder / "report.typ").write_text(template, "utf-8")
        made = typst.compile(folder / "report.typ", root=folder)
    assert isinstance(made, bytes)
    return made
