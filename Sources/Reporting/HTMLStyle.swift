internal import Plots

/// The page's style sheet and its one script. Both stand in the page, and the page's policy names their
/// digests, so that nothing else in it is ever obeyed.
package enum HTMLStyle {
  /// Colours of light pages; prints use them, too.
  private static let light = """
    --bg:#f6f5f1;--paper:#fff;--ink:#1b2530;--muted:#4d5866;--line:#d3d8de;--link:#1d5590;\
    --soft:#eef1f4;--high:#9c1c28;--on-high:#fff;--medium:#8a4b00;--on-medium:#fff;--low:#dfe6ee;\
    --on-low:#22364b;--info:#d9ebe1;--on-info:#123f2a;--plot-ink:#1b2530;--plot-muted:#4d5866;\
    --plot-line:#7c8794;--plot-area:#fff;--plot-main:#2b6399;--plot-for:#1f6f5c;\
    --plot-against:#a6460f;--plot-mark:#8a2f86
    """

  private static let dark = """
    --bg:#12161b;--paper:#1a2027;--ink:#e7ebef;--muted:#a9b4c0;--line:#39434e;--link:#93c1f2;\
    --soft:#232b34;--high:#f3a6ab;--on-high:#3b060b;--medium:#f0c37d;--on-medium:#352000;\
    --low:#33404d;--on-low:#dfe8f0;--info:#1f4634;--on-info:#d0efdf;--plot-ink:#e7ebef;\
    --plot-muted:#a9b4c0;--plot-line:#76828f;--plot-area:#1a2027;--plot-main:#7fb5ec;\
    --plot-for:#6fcfb5;--plot-against:#f0a06a;--plot-mark:#dba2d8
    """

  /// The style sheet.
  package static let css = """
    :root{color-scheme:light dark;\(light)}
    @media screen and (prefers-color-scheme:dark){:root{\(dark)}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
    body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,\
    "Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
    header.top,main,footer,nav{max-width:58rem;margin:0 auto;padding:0 1rem}
    header.top{padding-top:2.5rem}
    h1,h2,h3,h4{line-height:1.25;text-wrap:balance}
    h1{font-size:1.9rem;margin:0 0 .5rem}
    h2{font-size:1.35rem;margin:2.5rem 0 .75rem}
    h2.short{margin:1.2rem 0 .3rem;font-size:1.1rem}
    h3{font-size:1.15rem;margin:0 0 .25rem}
    h4{font-size:1.05rem;margin:0 0 .35rem}
    .name{font-size:.8rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;margin:0 0 .35rem;\
    color:var(--muted)}
    p,ul,ol,dl{margin:.4rem 0 .7rem}
    ul,ol{padding-left:1.2rem}li{margin:.2rem 0}
    a{color:var(--link)}
    a:focus-visible,summary:focus-visible,input:focus-visible,select:focus-visible,\
    [tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
    .skip{position:absolute;left:-100vw;background:var(--paper);padding:.6rem 1rem;z-index:1}
    .skip:focus{left:0}
    .lead{font-size:1.15rem}
    .meta,.small{color:var(--muted);font-size:.875rem}
    code,.mono{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.875em}
    pre{margin:.3rem 0;padding:.5rem .7rem;background:var(--soft);border-radius:6px;\
    white-space:pre-wrap;font-size:.85rem}
    details.packet{border:0;padding:0;margin:.3rem 0 .6rem}
    details.packet>summary{font:.85rem/1.5 ui-monospace,"DejaVu Sans Mono",monospace;\
    background:var(--soft);border-radius:6px;padding:.4rem .7rem}
    pre.hex{white-space:pre;overflow-x:auto}
    .alarm{border-left:5px solid var(--high);padding:.5rem .9rem;background:var(--paper)}
    .remark{border-left:5px solid var(--plot-main);padding:.4rem .9rem;background:var(--soft)}
    nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;margin:1rem 0}
    .card,article{background:var(--paper);border:1px solid var(--line);border-radius:10px;\
    padding:1.1rem 1.2rem;margin:0 0 1.1rem}
    .many article{content-visibility:auto;contain-intrinsic-size:auto 900px}
    .activity{border-top:1px solid var(--line);margin-top:1rem;padding-top:1rem}
    .answer{font-size:1.1rem;margin:.3rem 0 .5rem}
    .three{display:grid;gap:.9rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,15rem),1fr));\
    margin:1rem 0}
    .three>div{background:var(--soft);border-radius:8px;padding:.8rem .95rem}
    .three ul,.three ol{margin:0}
    .sev{display:inline-block;border-radius:99px;padding:.05rem .65rem;font-size:.8rem;\
    font-weight:600;white-space:nowrap}
    .high{background:var(--high);color:var(--on-high)}
    .medium{background:var(--medium);color:var(--on-medium)}
    .low{background:var(--low);color:var(--on-low)}
    .info{background:var(--info);color:var(--on-info)}
    details{border-top:1px solid var(--line);padding:.15rem 0}
    summary{cursor:pointer;font-weight:600;padding:.45rem 0}
    figure{margin:.9rem 0 1.4rem}
    figcaption{font-size:.9rem;margin-top:.4rem;max-width:47rem}
    .name+p,.name+ul{margin-top:0}
    table{border-collapse:collapse;width:100%;font-size:.93rem;margin:.4rem 0 1rem}
    caption{text-align:left;font-weight:600;padding:.3rem 0}
    th,td{text-align:left;vertical-align:top;padding:.45rem .7rem .45rem 0;\
    border-bottom:1px solid var(--line)}
    thead th{font-size:.82rem;color:var(--muted);border-bottom-width:2px}
    .weights{table-layout:fixed}.weights th:first-child{width:7.5rem;font-weight:600;font-variant-numeric:tabular-nums}
    .index td:first-child,.index th:first-child{width:5.2rem}
    .index td:last-child{width:34%}
    .changes th:first-child{width:6.6rem}
    .bar{display:block;width:100%;max-width:6rem;height:8px}
    .bar .p{fill:var(--plot-for)}.bar .q{fill:none;stroke:var(--plot-against);stroke-width:2}
    dl.facts{display:grid;grid-template-columns:minmax(5rem,max-content) minmax(0,1fr);gap:.2rem 1rem}
    dt{color:var(--muted)}dd{margin:0}
    .words dt{color:var(--ink);font-weight:600;margin-top:.6rem}.words dd{margin:0 0 .3rem}
    .filters{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:.5rem 0 1rem}
    .filters[hidden]{display:none}
    .filters label{display:block;font-size:.85rem;color:var(--muted)}
    input,select{font:inherit;color:var(--ink);background:var(--paper);\
    border:1px solid var(--muted);border-radius:6px;padding:.3rem .5rem;max-width:100%}
    footer{padding-top:2rem;padding-bottom:3rem}
    @media(max-width:40rem){h1{font-size:1.5rem}.card,article{padding:.9rem .85rem}\
    .index thead{position:absolute;left:-100vw}.index,.index caption,.index tbody{display:block}\
    .index tr:not([hidden]){display:grid;grid-template-columns:5.2rem minmax(0,1fr);\
    padding:.5rem 0;border-bottom:1px solid var(--line)}.index td,.index td:last-child\
    {display:block;width:auto;border:0;padding:0 0 .15rem}td{min-width:4.4rem}\
    td:first-child{min-width:5.6rem}.index td{min-width:0}\
    .index td:first-child{grid-row:1/3;min-width:0}\
    .weights th:first-child{width:5.6rem}\
    pre.hex{font-size:.68rem}dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:.4rem}}
    @media print{body{background:#fff;font-size:10pt}.skip,nav,.filters{display:none}\
    .many article{content-visibility:visible}.card,article{border:0;padding:0}\
    h2,h3,h4,summary,caption{break-after:avoid}figure,tr{break-inside:avoid}\
    details::details-content{content-visibility:visible;block-size:auto}a{color:inherit}}
    @media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
    \(PlotStyle.css)
    """

  /// Filters the index, and the incidents with it; without it the page shows everything.
  static let script = """
    (() => {
      const box = document.getElementById('filters');
      if (!box) return;
      const [severity, cause, words] = ['f-severity', 'f-cause', 'f-words']
        .map(id => document.getElementById(id));
      const rows = [...document.querySelectorAll('#index tbody tr')];
      const texts = rows.map(row => row.textContent.toLowerCase());
      const articles = new Map([...document.querySelectorAll('article')].map(a => [a.id, a]));
      const status = document.getElementById('f-status');
      const apply = () => {
        const sought = words.value.trim().toLowerCase();
        const kept = new Set();
        let shown = 0;
        rows.forEach((row, n) => {
          const fits = (!severity.value || row.dataset.s === severity.value)
            && (!cause.value || row.dataset.v === cause.value)
            && (!sought || texts[n].includes(sought));
          row.hidden = !fits;
          if (fits) { shown += 1; kept.add(row.dataset.i); }
        });
        articles.forEach((article, id) => { article.hidden = !kept.has(id); });
        status.textContent = shown + ' of ' + rows.length + ' activities shown';
      };
      [severity, cause].forEach(field => field.addEventListener('change', apply));
      words.addEventListener('input', apply);
      box.hidden = false;
      apply();
    })();
    """
}
