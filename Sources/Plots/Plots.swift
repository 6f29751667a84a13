// Plots: drawings as SVG text, out of plain values. Imports nothing: numbers, times and escapes are
// its own, so that the same values always give the same bytes.
//
// Every drawing is an image with a title and a description for those who do not see it
// (`role="img"`), and tells its parts apart by shape as well as by colour. Colours are CSS custom
// properties: the page that holds a drawing holds `PlotStyle.css` once and may set them. What cannot
// be drawn is said in the drawing's place.

/// How drawings look: one style sheet for all of them.
public enum PlotStyle {
  /// Rules for every class that drawings use. A page sets `--plot-ink` (text), `--plot-muted` (axes'
  /// text), `--plot-line` (axes), `--plot-area` (surfaces), `--plot-main`, `--plot-for`,
  /// `--plot-against` and `--plot-mark` to colours of its own.
  public static let css = """
    svg.plot{display:block;overflow:visible;width:100%;height:auto;max-width:47rem}
    .plot text{font:12px system-ui,sans-serif;fill:var(--plot-ink,#1b2530)}
    .plot .t,.plot .t text{fill:var(--plot-muted,#4d5866)}
    .plot .e{text-anchor:end}.plot .c{text-anchor:middle}.plot .b{font-weight:600}
    .plot .n{font-family:ui-monospace,monospace}
    .plot .a{fill:none;stroke:var(--plot-line,#7c8794);stroke-width:1}
    .plot .g{fill:none;stroke:var(--plot-line,#7c8794);stroke-width:1;opacity:.35}
    .plot .f{fill:var(--plot-main,#2b6399)}
    .plot .l{fill:none;stroke:var(--plot-main,#2b6399);stroke-width:2}
    .plot .f1{fill:var(--plot-main,#2b6399);opacity:.75}
    .plot .f2{fill:var(--plot-main,#2b6399);opacity:.85}
    .plot .p{fill:var(--plot-for,#1f6f5c);stroke:var(--plot-area,#fff);stroke-width:1}
    .plot .q{fill:none;stroke:var(--plot-against,#a6460f);stroke-width:2}
    .plot .u{fill:none;stroke:var(--plot-muted,#4d5866);stroke-width:1.5;stroke-dasharray:3 3}
    .plot .o{fill:var(--plot-mark,#8a2f86);opacity:.16}
    .plot .k{fill:none;stroke:var(--plot-mark,#8a2f86);stroke-width:2}
    .plot .d{fill:none;stroke:var(--plot-mark,#8a2f86);stroke-width:2;stroke-dasharray:5 3}
    .plot .kt{fill:var(--plot-mark,#8a2f86);font-weight:600}
    .plot .h{fill:var(--plot-mark,#8a2f86)}
    @media(max-width:40rem){.plot text{font-size:22px}.plot .n{font-size:18px}.plot .m{display:none}}
    """
}
