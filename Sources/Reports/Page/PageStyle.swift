/// How pages look: light and dark, on a phone, on a wide screen and on paper.
enum PageStyle {
  /// The style sheet; colours are those of Okabe and Ito.
  static let markup: HTML = """
    :root { color-scheme: light dark; --back: #fff; --ink: #1a1a1a; --soft: #5c5c5c; --line: #d4d4d4;
      --panel: #f5f6f8; --good: #0072b2; --bad: #d55e00; --third: #767676; --link: #00568a; }
    @media (prefers-color-scheme: dark) { :root { --back: #15171a; --ink: #e8e8e8; --soft: #a9adb3;
      --line: #3a3e44; --panel: #1f2226; --good: #56b4e9; --bad: #e69f00; --third: #9a9a9a;
      --link: #8ecbf2; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--back); color: var(--ink);
      font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
    main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; }
    h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
    a { color: var(--link); }
    code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
    pre { background: var(--panel); padding: .75rem; white-space: pre-wrap; }
    .soft { color: var(--soft); }
    .scroll { overflow-x: auto; }
    .scroll:focus-visible { outline: 2px solid var(--link); }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); padding: .25rem 0; }
    th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
      vertical-align: top; overflow-wrap: normal; }
    th.n, td.n { text-align: right; }
    td.n, td:first-child { white-space: nowrap; }
    th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0;
      padding: 0; cursor: pointer; text-decoration: underline dotted; text-align: inherit; }
    th[aria-sort=ascending] button::after { content: " \\25B2"; }
    th[aria-sort=descending] button::after { content: " \\25BC"; }
    .cards { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
    .card { background: var(--panel); padding: .75rem 1rem; flex: 1 1 12rem; border-left: 4px solid
      var(--third); }
    .card b { display: block; font-size: 1.7rem; line-height: 1.2; }
    .reliable { border-color: var(--good); }
    .suspicious, .invalid { border-color: var(--bad); }
    .bar { display: flex; min-width: 8rem; height: 1.1rem; background: var(--panel); }
    .bar i { background: var(--good); }
    .bar i + i { background: var(--bad); }
    .bar, .heat, .key, .card { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    .heat td { text-align: right; min-width: 2.4rem; }
    .key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em; }
    svg { display: block; width: 100%; max-width: 40rem; height: auto; }
    svg text { fill: var(--ink); font-size: 11px; }
    svg .axis { stroke: var(--soft); stroke-width: 1; fill: none; }
    .good { fill: var(--good); background: var(--good); }
    .bad { fill: var(--bad); background: var(--bad); }
    .third { fill: var(--third); background: var(--third); }
    svg .curve { stroke: var(--good); stroke-width: 2; fill: none; }
    svg .whisker { stroke: var(--good); stroke-width: 1.5; }
    .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr));
      gap: 1rem; }
    figure { margin: 0; background: var(--panel); padding: .5rem; break-inside: avoid; }
    figure div { display: flex; gap: .25rem; }
    figure img { flex: 1 1 0; min-width: 0; width: 33%; aspect-ratio: 1; object-fit: contain; }
    figure img.small { image-rendering: pixelated; }
    figcaption { font-size: .85rem; padding-top: .25rem; }
    details > summary { cursor: pointer; padding: .4rem 0; }
    input[type=search] { font: inherit; width: 100%; max-width: 24rem; padding: .3rem .5rem;
      color: inherit; background: var(--back); border: 1px solid var(--soft); }
    .skip { display: none; }
    @media (max-width: 40rem) { td:first-child { white-space: normal; min-width: 5.5rem; }
      td:nth-child(3):not(.n) { min-width: 14rem; } }
    @media print { body { font-size: 11pt; } main { max-width: none; } .noprint { display: none; }
      h2 { break-after: avoid; } }
    """
}
