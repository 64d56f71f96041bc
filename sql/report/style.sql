-- Report: the style sheet and the script of a page. Both are constants.

CREATE FUNCTION perfkit_report_style() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT $css$
:root{color-scheme:light dark;--bg:#fff;--soft:#f4f6f8;--rule:#d5dae0;--text:#1c2127;--muted:#57606a;--link:#0b57a4;
--good:#0f5c33;--good-bg:#e3f4e9;--bad:#8f1c1c;--bad-bg:#fde8e7;--open:#6a4a00;--open-bg:#fdf1d3;
--h1:#a7caf8;--h2:#7baceb;--h3:#528ed9;--h4:#2f70bf;--h5:#12549e;--h6:#073567;--zone:#e7ebef;
--c1:#b3480b;--c2:#00755a;--c3:#8a3b86;--c4:#8a6300;--c5:#0b57a4;--c6:#6b6b6b}
@media (prefers-color-scheme:dark){:root{--bg:#14181d;--soft:#1d232a;--rule:#39424d;--text:#dfe4ea;--muted:#9aa5b1;--link:#8ec1ff;
--good:#8fdcab;--good-bg:#12321f;--bad:#ffb3ad;--bad-bg:#45191a;--open:#f2cf7d;--open-bg:#3b2d08;
--h1:#204569;--h2:#2c6194;--h3:#3c7ebe;--h4:#579de2;--h5:#88c0f9;--h6:#d2ebff;--zone:#2a323b;
--c1:#f0935a;--c2:#4fc3a1;--c3:#d99ad4;--c4:#dcb44c;--c5:#8ec1ff;--c6:#b0b0b0}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif}
body>*{max-width:76rem;margin:0 auto;padding:0 1.25rem}
h1,h2,h3,p,figure,ul{margin:0}
h1{font-size:1.7rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.15rem;font-weight:650;margin:0 0 .75rem}
h3{font-size:.95rem;font-weight:650;margin:1.25rem 0 .4rem;overflow-wrap:anywhere}
h4{font-size:.9rem;font-weight:600;margin:1rem 0 .3rem}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
bdi{overflow-wrap:anywhere}
.skip{position:absolute;left:-999em}.skip:focus{left:0;top:0;padding:.5rem 1rem;background:var(--bg);z-index:2}
header{padding-top:2rem}
.facts,.muted,figcaption,caption,.more,footer{color:var(--muted);font-size:.875rem}
.facts{margin-top:.25rem;overflow-wrap:anywhere}
nav{border-bottom:1px solid var(--rule);margin-top:1rem}
nav ul{list-style:none;padding:0 0 .6rem;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.875rem}
section{padding:1.75rem 0 .5rem}
section+section{border-top:1px solid var(--rule)}
.banner{font-size:1.05rem;margin-bottom:.4rem;overflow-wrap:anywhere}
.banner .v{font-size:1rem;padding:.15rem .6rem;margin-right:.35rem}
.v{display:inline-block;font-size:.8rem;font-weight:650;white-space:nowrap;padding:.05rem .45rem;border-radius:3px;border:1px solid}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}.open{color:var(--open);background:var(--open-bg)}
.more{display:block;font-size:.78rem;white-space:normal;min-width:9rem}
.scroll{overflow-x:auto;margin:.9rem 0}
table{border-collapse:collapse;font-size:.85rem;line-height:1.35;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.35rem;caption-side:top}
th,td{padding:.28rem .9rem .28rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{color:var(--muted);font-weight:600;vertical-align:bottom;white-space:nowrap;border-bottom:1px solid var(--muted)}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:9.5rem;max-width:22rem}
td{white-space:nowrap}
td:has(bdi){white-space:normal;overflow-wrap:anywhere;min-width:11rem;max-width:34rem}
.n{text-align:right;white-space:nowrap}
thead th button{all:unset;cursor:pointer}
thead th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
thead th[aria-sort=ascending] button::after{content:" \2191"}thead th[aria-sort=descending] button::after{content:" \2193"}
tbody tr:hover{background:var(--soft)}
svg{display:block;overflow:visible}
svg.bar,svg.range,svg.forest,svg.share{width:10rem;height:.9rem;margin-top:.15rem;overflow:hidden}
.bar .out{fill:var(--bad-bg)}.limit{stroke:var(--muted);stroke-width:1.5;fill:none}
.interval{stroke:var(--h4);stroke-width:5;fill:none;opacity:.55}.bar circle,.forest circle,.bar .arrow{fill:var(--text)}
.range .whole{stroke:var(--h2);stroke-width:1.5}.range .most{stroke:var(--h3);stroke-width:6}.tick{stroke:var(--text);stroke-width:2;fill:none}
.forest .margin{fill:var(--zone)}.share path{fill:var(--h4)}
figure{margin:.5rem 0 1rem}
figure+figure{margin-top:2rem}
.several{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:0 2rem}.several figure{margin:0 0 1.25rem;min-width:0}
.several h3{margin-top:.25rem}.several .heat .area{height:9rem}.key{white-space:nowrap;margin-left:.4rem}
.plot{display:grid;grid-template-columns:4.2rem minmax(0,1fr);font-size:.75rem;line-height:1;color:var(--muted);font-variant-numeric:tabular-nums}
.plot .area{background:var(--soft);position:relative;height:15rem}
.plot .area svg{width:100%;height:100%;overflow:hidden}
.strip .area{height:2.6rem;margin-top:.35rem}
.percentiles .area{height:18rem}
.y,.x{position:relative}.y span{position:absolute;right:.5rem;transform:translateY(-50%);white-space:nowrap}
.strip .y span:first-child{transform:none}.strip .y span:last-child{transform:translateY(-100%)}.strip .y span:only-child{transform:none}
.x{grid-column:2;height:1.35rem}.strip .x{height:0}.x span{position:absolute;top:.4rem;transform:translateX(-50%);white-space:nowrap}
.x span:first-child{transform:none}
.cells{shape-rendering:crispEdges}
.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}.h6{fill:var(--h6)}
.warmup{fill:var(--soft);opacity:.62}
.line,.halo,.grid,.stage{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.line{stroke:var(--text);stroke-width:1.6}.halo{stroke:var(--bg);stroke-width:4;opacity:.8}
.line.p99{stroke-dasharray:5 3}
.past .area{height:10rem}.capacity .area{height:12rem}.median{stroke:var(--h2);stroke-width:5;fill:none;vector-effect:non-scaling-stroke;opacity:.6}
.mark{stroke:var(--muted);stroke-width:6;stroke-linecap:round;vector-effect:non-scaling-stroke}.mark.shown{stroke:var(--text);stroke-width:11}.mark.base{stroke:var(--c1);stroke-width:10;stroke-linecap:square}
.stage{stroke:var(--text);stroke-width:1;stroke-dasharray:2 3}.grid{stroke:var(--rule);stroke-width:1}
.bars{fill:var(--h3);shape-rendering:crispEdges}.errors{fill:var(--bad);shape-rendering:crispEdges}
.s0{stroke:var(--text);stroke-width:2.8}.s1,.s7{stroke:var(--c1)}.s2,.s8{stroke:var(--c2)}.s3,.s9{stroke:var(--c3)}.s4,.s10{stroke:var(--c4)}
.s5,.s11{stroke:var(--c5)}.s6,.s12{stroke:var(--c6)}
.s2,.s8{stroke-dasharray:7 3}.s3,.s9{stroke-dasharray:2 2}.s4,.s10{stroke-dasharray:9 2 2 2}.s5,.s11{stroke-dasharray:4 4}.s6,.s12{stroke-dasharray:12 4}
.s7,.s8,.s9,.s10,.s11,.s12{stroke-width:2.4}
figcaption{margin-top:.35rem}
figcaption .legend{display:block;margin-top:.2rem}ul.causes{padding-left:1.1rem;font-size:.9rem;margin:.6rem 0}
.legend svg{display:inline-block;vertical-align:-.1em;margin-left:.35rem}
ul.legend{list-style:none;padding:.4rem 0 0;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:.85rem}
.legend svg{margin:0 .2rem 0 0}
ul.legend li{overflow-wrap:anywhere}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--text);pointer-events:none}
.readout{min-height:1.4em;margin:.2rem 0 0;font-size:.85rem;font-variant-numeric:tabular-nums}
details{margin:.8rem 0}summary{cursor:pointer;color:var(--link);font-size:.9rem;width:fit-content}
pre{margin:.5rem 0;padding:.7rem .9rem;background:var(--soft);overflow-x:auto;font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.diff>*{display:inline-block;min-width:100%;text-decoration:none}del{color:var(--bad);background:var(--bad-bg)}ins{color:var(--good);background:var(--good-bg)}
footer{padding:1.5rem 1.25rem 3rem}
@media (max-width:40rem){body>*{padding-left:.9rem;padding-right:.9rem}.plot{grid-template-columns:3.9rem minmax(0,1fr)}.percentiles .x span:first-child{display:none}.plot .area{height:12rem}.strip .area{height:2.2rem}
h1{font-size:1.4rem}th,td{padding-right:.7rem}tbody th{min-width:8.8rem;max-width:12rem}}
@media print{:root{color-scheme:light;--bg:#fff;--soft:#f4f6f8;--rule:#d5dae0;--text:#000;--muted:#444;--link:#000;--good:#0f5c33;--good-bg:#e3f4e9;--bad:#8f1c1c;
--bad-bg:#fde8e7;--open:#6a4a00;--open-bg:#fdf1d3;--h1:#a7caf8;--h2:#7baceb;--h3:#528ed9;--h4:#2f70bf;--h5:#12549e;--h6:#073567;--zone:#e7ebef;
--c1:#b3480b;--c2:#00755a;--c3:#8a3b86;--c4:#8a6300;--c5:#0b57a4;--c6:#6b6b6b}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}html{font-size:11px}body>*{max-width:none;padding:0}nav,.skip,.readout,.time details,.cursor{display:none}
.scroll{overflow:visible}table{font-size:.8rem}tbody th,td:has(bdi),.more{min-width:0}thead{display:table-header-group}tr,figure,.plot{break-inside:avoid}h2,h3,caption,summary{break-after:avoid}
.scroll>table{max-width:100%}td,th{padding-right:.5rem}svg.bar,svg.range,svg.forest,svg.share{width:6rem}thead th{white-space:normal}pre{white-space:pre-wrap;overflow-wrap:anywhere}
details::details-content{content-visibility:visible;block-size:auto}summary{color:inherit;list-style:none;font-weight:600}}
$css$::text;
END;

COMMENT ON FUNCTION perfkit_report_style() IS
'The style sheet of a report: for screens of any width, light and dark, and for paper.';

CREATE FUNCTION perfkit_report_script() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Neither "<" nor "&": the same to HTML and XML, and to the digest that lets it run.
    SELECT $js$
"use strict";
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (2 > body.rows.length) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Sort by this column";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numbers = head.className === "n";
      const up = head.getAttribute("aria-sort") === (numbers ? "descending" : null);
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => {
        const text = row.cells[column].textContent.trim();
        if (!numbers) return text;
        const number = parseFloat(text.replace(/,/g, "").replace("\u2212", "-").replace(/^[^\d\u221e.-]+/, "").replace("\u221e", "1e308"));
        return Number.isNaN(number) ? -Infinity : number;
      };
      const sign = up ? 1 : -1;
      const rows = [...body.rows].map((row) => [key(row), row]);
      rows.sort((a, b) => sign * (numbers ? (a[0] === b[0] ? 0 : a[0] > b[0] ? 1 : -1) : a[0].localeCompare(b[0])));
      for (const [, row] of rows) body.append(row);
    });
  });
}
for (const figure of document.querySelectorAll("figure.time")) {
  const steps = Number(figure.dataset.steps);
  const table = figure.querySelector("table");
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  const plots = [...figure.querySelectorAll(".area")];
  const map = plots[0];
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.setAttribute("role", "status");
  figure.querySelector("figcaption").before(readout);
  const cursors = plots.map((plot) => {
    const cursor = document.createElement("div");
    cursor.className = "cursor";
    cursor.hidden = true;
    plot.append(cursor);
    return cursor;
  });
  const width = parseFloat(rows[0][0].split(" to ")[1]) - parseFloat(rows[0][0]);
  let at = -1;
  const show = (step) => {
    at = Math.max(0, Math.min(steps - 1, step));
    for (const cursor of cursors) {
      cursor.hidden = false;
      cursor.style.left = (100 * (at + 0.5) / steps) + "%";
    }
    const row = rows.find((cells) => parseFloat(cells[0]) === at * width);
    readout.textContent = row ? row[0] + " s" + (row[1].includes(",") ? ", warm-up: " : ": ") + row.slice(2).map((text, i) => {
      const [name, unit] = heads[i + 2].split(" ");
      return name + " " + text + (unit ? " " + unit : "");
    }).join(", ") : (at * width) + " s: no transaction ended";
  };
  const hide = () => {
    for (const cursor of cursors) cursor.hidden = true;
    readout.textContent = "";
  };
  for (const plot of plots) {
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      show(Math.floor(steps * (event.clientX - box.left) / box.width));
    });
    plot.addEventListener("pointerleave", hide);
  }
  map.tabIndex = 0;
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", "Latency over time: left and right arrow keys read one step after the other");
  map.addEventListener("keydown", (event) => {
    const move = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps - 1}[event.key];
    if (move === undefined) return;
    event.preventDefault();
    show(move);
  });
  map.addEventListener("blur", hide);
}
$js$::text;
END;

COMMENT ON FUNCTION perfkit_report_script() IS
'The script of a report: sorts tables and reads charts. The page is complete without it.';
