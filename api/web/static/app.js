/* Charts, offline notice and service worker. Pages work without this file; it only adds comfort. */
"use strict";
(() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = () => ["--accent", "--orange", "--info", "--red", "--good", "--yellow"].map(css);
  const sync = window.uPlot ? uPlot.sync("vigil") : null;

  /* A value with holes on both sides has no line: it is shown as a dot. */
  const lonely = (u, si, shown) => {
    if (shown) return null;
    const y = u.data[si], alone = [];
    for (let i = 0; i < y.length; i++) if (y[i] != null && y[i - 1] == null && y[i + 1] == null) alone.push(i);
    return alone.length ? alone : null;
  };

  /* <div class="chart" data-chart='{"x":[s,…],"series":[{"label":"","unit":"","y":[…],"low":[…],"high":[…]}],
     "limits":[{"label":"","y":0}],"marks":[s,…]}'> : x in seconds since 1970 UTC; null in y, low
     and high breaks curve and band; low/high draw a band, limits level lines, marks upright ones. */
  const draw = (box) => {
    if (!window.uPlot || box.dataset.drawn) return;
    box.dataset.drawn = "1";
    const spec = JSON.parse(box.dataset.chart);
    const palette = colours();
    const data = [spec.x];
    const series = [{ label: document.documentElement.lang.startsWith("zh") ? "时间" : "Time" }];
    const bands = [];
    spec.series.forEach((s, i) => {
      const stroke = palette[i % palette.length];
      const told = (_u, v, _s, i) => v == null ? "–" : s.low && s.high && i != null ? `${v} (${s.low[i]} – ${s.high[i]})` : `${v}`;
      series.push({ label: s.label + (s.unit ? ` (${s.unit})` : ""), stroke, width: 2, spanGaps: false, points: { show: s.y.length < 30, filter: lonely }, value: told });
      data.push(s.y);
      if (s.low && s.high) {
        const bound = { label: "", class: "bound", stroke, width: 1, dash: [4, 4], points: { show: false } };
        series.push({ ...bound }, { ...bound });
        data.push(s.high, s.low);
        bands.push({ series: [series.length - 2, series.length - 1], fill: stroke + "22" });
      }
    });
    (spec.limits || []).forEach((limit) => {
      series.push({ label: limit.label, stroke: css("--red"), width: 1, dash: [8, 4], points: { show: false } });
      data.push(spec.x.map(() => limit.y));
    });
    const two = (n) => String(n).padStart(2, "0");
    const times = (_u, splits, _i, _space, incr) => splits.map((s, i) => {
      const d = new Date(s * 1000), day = `${d.getMonth() + 1}-${d.getDate()}`;
      if (incr >= 300 * 86400) return `${d.getFullYear()}`;
      if (incr >= 86400) return i ? day : `${d.getFullYear()}\n${day}`;
      const before = i ? new Date(splits[i - 1] * 1000) : null;
      const clock = `${two(d.getHours())}:${two(d.getMinutes())}`;
      return before && before.getDate() === d.getDate() ? clock : `${clock}\n${day}`;
    });
    const axis = { stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line") }, font: "12px system-ui" };
    const units = [...new Set(spec.series.map((s) => s.unit).filter(Boolean))];
    const named = units.length === 1 ? { label: units[0], labelSize: 18, labelFont: axis.font } : {};
    const marks = (u) => (spec.marks || []).forEach((at) => {
      const x = Math.round(u.valToPos(at, "x", true));
      u.ctx.save(); u.ctx.strokeStyle = css("--orange"); u.ctx.setLineDash([6, 4]); u.ctx.beginPath();
      u.ctx.moveTo(x, u.bbox.top); u.ctx.lineTo(x, u.bbox.top + u.bbox.height); u.ctx.stroke(); u.ctx.restore();
    });
    const size = () => ({ width: Math.max(240, box.clientWidth), height: box.clientWidth < 500 ? 220 : 280 });
    const plot = new uPlot({ ...size(), series, bands, hooks: { draw: [marks] }, axes: [{ ...axis, values: times }, { ...axis, ...named, size: 56 }], cursor: sync ? { sync: { key: "vigil" } } : {}, legend: { live: true } }, data, box);
    new ResizeObserver(() => plot.setSize(size())).observe(box);
  };
  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);

  const age = () => document.querySelectorAll("time[data-age]").forEach((t) => {
    const s = Math.max(0, (Date.now() - Date.parse(t.dateTime)) / 1000);
    const rtf = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "short" });
    t.textContent = s < 90 ? rtf.format(-Math.round(s), "second") : s < 5400 ? rtf.format(-Math.round(s / 60), "minute") : s < 172800 ? rtf.format(-Math.round(s / 3600), "hour") : rtf.format(-Math.round(s / 86400), "day");
  });

  const offline = () => { const n = document.getElementById("offline"); if (n) n.hidden = navigator.onLine; };
  document.addEventListener("DOMContentLoaded", () => { drawAll(document); age(); offline(); setInterval(age, 5000); });
  document.addEventListener("htmx:afterSwap", (e) => { drawAll(e.target); age(); });
  window.addEventListener("online", offline);
  window.addEventListener("offline", offline);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
})();
