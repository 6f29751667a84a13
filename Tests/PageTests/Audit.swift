/// Questions to a page, as expressions that the browser evaluates in it.
enum Audit {
  /// Has everything laid out, what is far below and what is folded, too; or as a reader finds it.
  static func everything(isLaidOut: Bool) -> String {
    """
    document.querySelectorAll('article').forEach(a => {
      a.style.contentVisibility = \(isLaidOut ? "'visible'" : "''");
    });
    document.querySelectorAll('details').forEach(d => {
      d.dataset.was ??= d.open ? 'open' : '';
      d.open = \(isLaidOut ? "true" : "d.dataset.was === 'open'");
    });
    """
  }

  /// By how many pixels the page is wider than its window. A telephone's inner width grows with what
  /// stands out, so it is no measure.
  static let overhang =
    "document.documentElement.scrollWidth - document.documentElement.clientWidth"

  /// Elements that reach out of the window, for the message.
  static let wide = """
    [...document.querySelectorAll('body *')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && box.right > document.documentElement.clientWidth + 1 && !e.closest('.skip');
    }).slice(0, 5).map(e => e.tagName + '.' + e.getAttribute('class') + ': '
      + e.textContent.slice(0, 60)).join(' | ')
    """

  /// Texts that stand in a column too narrow to be read.
  static let slim = """
    [...document.querySelectorAll('caption,p,li,td,dd,h1,h2,h3,h4')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 1 && box.width < 60 && e.textContent.trim().length > 12;
    }).slice(0, 5).map(e => e.tagName + ': ' + e.textContent.trim().slice(0, 60))
    """

  /// Texts whose contrast against what lies behind them is below 4.5, and shapes below 3 (WCAG 2, AA).
  ///
  /// - Parameter least: so many texts the page has at least.
  /// - Returns: the question.
  static func faint(least: Int = 20) -> String {
    faintTexts + "(\(least))"
  }

  private static let faintTexts = """
    (fewest => {
      const parse = text => {
        const parts = (text.match(/[\\d.]+/g) || []).map(Number);
        return parts.length < 3 ? null : [parts[0], parts[1], parts[2], parts[3] ?? 1];
      };
      const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map(v => {
          const s = v / 255;
          return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const ratio = (a, b) => {
        const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05);
      };
      const grounds = new Map();
      const ground = element => {
        if (!element) return [255, 255, 255, 1];
        if (grounds.has(element)) return grounds.get(element);
        const own = parse(getComputedStyle(element).backgroundColor);
        const found = own && own[3] === 1 ? own : ground(element.parentElement);
        grounds.set(element, found);
        return found;
      };
      const mix = (over, under, share) =>
        over.slice(0, 3).map((v, n) => v * share + under[n] * (1 - share));
      const found = [];
      const seen = new Map();
      // What stands alike looks alike: each kind of place is looked at once.
      const places = new Set();
      const isNew = element => {
        let place = '';
        for (let e = element, n = 0; e && n < 6; e = e.parentElement, n += 1) {
          place += e.tagName + '.' + (e.getAttribute('class') || '') + ' ';
        }
        const size = places.size;
        return places.add(place).size > size;
      };
      const check = (element, color, least, words) => {
        const key = [color, ground(element).join(), least].join('|');
        if (seen.has(key)) return;
        seen.set(key, true);
        const own = parse(color);
        if (!own) { found.push('no colour: ' + color); return; }
        const share = own[3] * Number(getComputedStyle(element).opacity);
        const value = ratio(mix(own, ground(element), share), ground(element));
        if (value < least) found.push(value.toFixed(2) + ' ' + color + ' ' + words.slice(0, 40));
      };
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      let texts = 0;
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || element.closest('script,title,desc,[hidden]')) continue;
        texts += 1;
        if (!isNew(element)) continue;
        const style = getComputedStyle(element);
        check(element, element.closest('svg') ? style.fill : style.color, 4.5,
          walker.currentNode.data.trim());
      }
      document.querySelectorAll('.f, .f1, .f2, .p, .h, .bar .p').forEach(e =>
        isNew(e) && check(e, getComputedStyle(e).fill, 3, 'shape ' + e.getAttribute('class')));
      document.querySelectorAll('.q, .u, .k, .d, .l').forEach(e =>
        isNew(e) && check(e, getComputedStyle(e).stroke, 3, 'line ' + e.getAttribute('class')));
      if (texts < fewest) found.push('only ' + texts + ' texts');
      return found;
    })
    """

  /// What a screen reader or a keyboard would stumble over.
  static let structure = """
    (() => {
      const found = [];
      const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
      if (new Set(ids).size !== ids.length) found.push('an id stands twice');
      for (const one of ['header', 'main', 'footer', 'h1']) {
        const count = [...document.querySelectorAll(one)].filter(e => !e.closest('article')).length;
        if (count !== 1) found.push(count + ' of ' + one);
      }
      let last = 0;
      document.querySelectorAll('h1,h2,h3,h4,h5').forEach(h => {
        const level = Number(h.tagName[1]);
        if (level > last + 1) found.push('h' + last + ' is followed by ' + h.outerHTML.slice(0, 80));
        last = level;
      });
      document.querySelectorAll('table').forEach(t => {
        if (!t.caption || !t.caption.textContent.trim()) found.push('a table without caption');
        t.querySelectorAll('th').forEach(h => { if (!h.scope) found.push('a heading without scope'); });
      });
      document.querySelectorAll('a[href^="#"]').forEach(a => {
        if (!document.getElementById(a.getAttribute('href').slice(1))) {
          found.push('no place ' + a.getAttribute('href'));
        }
      });
      document.querySelectorAll('svg.plot').forEach(s => {
        const [name, told] = s.getAttribute('aria-labelledby').split(' ')
          .map(id => document.getElementById(id)?.textContent);
        if (s.getAttribute('role') !== 'img' || !name || !told) found.push('a mute drawing');
      });
      document.querySelectorAll('input:not([type=hidden]),select,textarea').forEach(f => {
        if (![...f.labels].some(l => l.textContent.trim()) && f.type !== 'submit') {
          found.push('a field without label: ' + f.outerHTML.slice(0, 80));
        }
      });
      document.querySelectorAll('a,button,summary,input[type=submit]').forEach(e => {
        if (!(e.textContent.trim() || e.value)) found.push('nameless: ' + e.outerHTML.slice(0, 80));
      });
      document.querySelectorAll('[src],link[href],[style]').forEach(e => {
        const href = e.getAttribute('href') || '';
        const isOwn = location.protocol === 'file:' ? href.startsWith('data:,') : href === '/style.css';
        if (e.hasAttribute('src') || e.hasAttribute('style') || !isOwn) {
          if (e.tagName !== 'ARTICLE') found.push('fetched or styled: ' + e.outerHTML.slice(0, 80));
        }
      });
      return [...new Set(found)];
    })()
    """

  /// Milliseconds from the request to the first paint and to the end of loading, and how many elements
  /// the page has.
  static let loading = """
    (() => {
      const [n] = performance.getEntriesByType('navigation');
      const [p] = performance.getEntriesByType('paint');
      return 'painted after ' + Math.round(p ? p.startTime : -1) + ' ms, loaded after '
        + Math.round(n.loadEventEnd - n.startTime) + ' ms, '
        + document.getElementsByTagName('*').length + ' elements';
    })()
    """

  /// Types words into the filter; how many activities are shown then, and how many there are.
  static func filtered(by words: String) -> String {
    """
    (() => {
      const field = document.getElementById('f-words');
      field.value = '\(words)';
      field.dispatchEvent(new Event('input'));
      const rows = [...document.querySelectorAll('#index tbody tr')];
      const articles = [...document.querySelectorAll('article')];
      return [rows.filter(r => !r.hidden).length, rows.length,
        articles.filter(a => !a.hidden).length, document.getElementById('f-status').textContent];
    })()
    """
  }
}
