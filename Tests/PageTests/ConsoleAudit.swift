/// Further questions to a page of the pool's console.
extension Audit {
  /// With which status the page came; 0 where that is not known.
  static let status = "performance.getEntriesByType('navigation')[0].responseStatus"

  /// Where the page leads, beside its own places.
  static let links = """
    [...new Set([...document.querySelectorAll('a[href]:not([href^="#"])')].map(a => a.href.split('#')[0]))]
    """

  /// What stands half outside the left edge, where nobody can scroll to.
  static let cut = """
    [...document.querySelectorAll('body *')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && box.left < -1 && box.right > 1;
    }).slice(0, 5).map(e => e.outerHTML.slice(0, 80))
    """

  /// What would need a script: nothing here does.
  static let scripts = """
    [...document.querySelectorAll('*')].filter(e => e.tagName === 'SCRIPT'
      || [...e.attributes].some(a => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value)))
      .map(e => e.outerHTML.slice(0, 80))
    """

  /// What stands on paper although nobody can press it there.
  static let pressable = """
    [...document.querySelectorAll('form,nav,button,input,select,textarea,.skip')]
      .filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))
    """

  /// Fields that are too small to be hit by a finger (WCAG 2.2, target size: 24 px).
  static let small = """
    [...document.querySelectorAll('input:not([type=hidden]),select,textarea,button,summary')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && (box.width < 24 || box.height < 24);
    }).map(e => e.outerHTML.slice(0, 80))
    """

  /// Notes everything that can be pressed or filled in, in the order of the page; how much that is.
  static let beginKeys = """
    (() => {
      window.ahead = [...document.querySelectorAll(
        'a[href],input:not([type=hidden]),select,textarea,button,summary')]
        .filter(e => e.checkVisibility());
      return window.ahead.length;
    })()
    """

  /// What is wrong with where the focus came to: it must be the next thing, and be seen to be.
  static let nextKey = """
    (() => {
      const [found, wanted] = [document.activeElement, window.ahead.shift()];
      const style = getComputedStyle(found);
      const box = found.getBoundingClientRect();
      const name = found.outerHTML.slice(0, 80);
      if (found !== wanted) return 'not next: ' + name + ' but ' + wanted?.outerHTML.slice(0, 80);
      if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1) return 'no outline: ' + name;
      return box.right <= 0 || box.left >= innerWidth ? 'out of sight: ' + name : '';
    })()
    """

  /// Sets the focus to a field, or to the button itself, in the form that has such a button: `typed` where
  /// it is empty now and takes what is typed; `set` where it was chosen or set; `missing` else.
  static func prepare(
    _ name: String, _ button: String, of action: String, _ words: String = ""
  ) -> String {
    """
    (() => {
      const pressed = '[name="do"][value="\(button)"]';
      const form = [...document.forms].find(f => f.getAttribute('action') === '\(action)'
        && f.querySelector(pressed));
      const field = form?.querySelector('\(name)' === 'do' ? pressed : '[name="\(name)"]');
      if (!field) return 'missing';
      if (field.tagName === 'SELECT' || field.type === 'hidden') {
        field.value = '\(words)';
        return field.value === '\(words)' ? 'set' : 'missing';
      }
      if (field.tagName === 'INPUT') field.value = '';
      field.focus();
      return document.activeElement === field ? 'typed' : 'missing';
    })()
    """
  }

  /// Sets the focus to the field of such a name, in the form that leads to such a path; whether it is
  /// there then.
  static func focus(_ name: String, of action: String) -> String {
    """
    (() => {
      const form = [...document.forms].find(f => f.getAttribute('action') === '\(action)'
        && f.querySelector('[name="\(name)"]'));
      const field = form?.querySelector('[name="\(name)"]');
      field?.focus();
      return !!field && document.activeElement === field;
    })()
    """
  }
}
