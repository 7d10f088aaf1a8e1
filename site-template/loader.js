// Starts the viewer. A classic script, because browsers refuse modules from file://.
//
// Over http(s) files are fetched; from file:// (or with ?via=script) they come as classic scripts
// that call covatlas("<name>", "<base64 of gzip>").
//
// The viewer is several programs, its parts, so that nobody waits for code of pages that they do
// not open. The address says which part draws. Each has a root of its own, and only one root is in
// the document: a part whose root is not there sleeps, and goes on where it was when it comes back.
(() => {
  'use strict';
  const words = name => document.querySelector(`meta[name="${name}"]`).content.split(' ');
  const byScript = location.protocol === 'file:' || new URLSearchParams(location.search).get('via') === 'script';

  // Before the first paint, so that chosen colours do not flash.
  try {
    const { dataset } = document.documentElement;
    const theme = localStorage.getItem('covatlas-theme');
    if (theme === 'light' || theme === 'dark') dataset.theme = theme;
    if (localStorage.getItem('covatlas-palette') === 'cb') dataset.palette = 'cb';
  } catch { /* storage is blocked: the system decides */ }

  const append = url => new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => { script.remove(); resolve(); };
    script.onerror = () => { script.remove(); reject(new Error('missing: ' + url)); };
    document.head.append(script);
  });

  const waiting = new Map();
  window.covatlas = (name, payload) => {
    const resolve = waiting.get(name);
    waiting.delete(name);
    if (resolve && typeof payload === 'string') resolve(payload);
  };
  const asked = new Map();
  const viaScript = (name, url) => {
    if (!asked.has(name)) {
      asked.set(name, new Promise((resolve, reject) => {
        waiting.set(name, resolve);
        append(url).then(
          () => { if (waiting.delete(name)) reject(new Error('another content than its name says: ' + url)); },
          error => { waiting.delete(name); reject(error); });
      }).finally(() => asked.delete(name)));
    }
    return asked.get(name);
  };

  // The program at an address, compiled.
  const program = async url => {
    const get = async url => {
      const response = await fetch(url);
      if (!response.ok) throw new Error('missing: ' + url);
      return response;
    };
    if (!byScript && form === 'gz') {
      const response = await get(url);
      const streams = (response.headers.get('content-type') || '').startsWith('application/wasm');
      return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
    }
    // As with shards: one file for every home, of which a server's page cuts the payload out.
    const payload = text => text.slice(text.indexOf('","') + 3, text.lastIndexOf('"'));
    const base64 = byScript
      ? await viaScript(url.split('/').pop(), url + '.js')
      : payload(await (await get(url + '.js')).text());
    const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return WebAssembly.compileStreaming(new Response(stream, { headers: { 'Content-Type': 'application/wasm' } }));
  };

  // The parts: the addresses that each draws, and what its glue defines. The first that fits draws.
  const parts = [
    { name: 'find', draws: /^#\/?(search|never)(\?|$)/, glue: () => covatlas_find },
    { name: 'source', draws: /^#\/?o(\/[^/?]*){4}\/f\//, glue: () => covatlas_source },
    { name: 'union', draws: /^#\/?r\/[^/?]*\/f\//, glue: () => covatlas_union },
    { name: 'compare', draws: /^#\/?compare([/?]|$)/, glue: () => covatlas_compare },
    { name: 'repo', draws: /^#\/?r\//, glue: () => covatlas_repo },
    { name: 'owner', draws: /^#\/?[ob]\//, glue: () => covatlas_owner },
    { name: 'lens', draws: /(?!)/, glue: () => covatlas_lens },
    { name: 'picker', draws: /(?!)/, glue: () => covatlas_picker },
    { name: 'board', draws: /^/, glue: () => covatlas_board },
  ];
  const partOf = hash => parts.find(part => part.draws.test(hash));
  const urls = words('covatlas-viewer');

  // Fetches something of a part once; after a failure it may be asked for again.
  const once = (part, what, get) => part[what] ??= get().catch(error => {
    part[what] = undefined;
    throw error;
  });
  const load = part => once(part, 'loading', async () => {
    const [glue, wasm] = urls.slice(urls.indexOf(part.name) + 1);
    const [compiled] = await Promise.all([program(wasm), once(part, 'glued', () => append(glue))]);
    return compiled;
  });
  const start = part => once(part, 'starting', async () => {
    const compiled = await load(part);
    await part.glue()({ module_or_path: compiled });
  });
  // A program offers what it can draw, and draws it when it is asked.
  const draw = part => once(part, 'drawing', async () => {
    await start(part);
    home.offers[part.name]();
    part.drawn = true;
  }).catch(error => fail(part.root, error));

  const fail = (root, error) => {
    console.error(error);
    const note = document.createElement('p');
    note.className = 'note bad';
    note.setAttribute('role', 'alert');
    note.textContent = 'The page could not start: ' + error.message
      + '. If the report was updated a moment ago, reload. It needs Chrome 123, Firefox 120, Safari 17.5 or newer.';
    // Whoever left and came back while it loaded hears of it once.
    root.querySelector(':scope > .note.bad')?.remove();
    root.append(note);
  };

  // What the viewer needs to know and to borrow; it looks here and nowhere else. `swapped` says
  // whether the last step of the history brought another part into the document.
  const [manifest, form] = words('covatlas-report');
  const home = window.covatlasHome = { manifest, form, byScript, viaScript, roots: {}, offers: {}, swapped: false };

  let shown;

  // Puts a part's root into the document, where it was when it left.
  const show = part => {
    const old = shown;
    shown = part;
    home.swapped = old !== undefined && old !== part;
    if (home.swapped) {
      old.focus = document.activeElement;
      if (!part.drawn) part.root = waitingRoot(old.root);
      old.root.replaceWith(part.root);
      if (!part.drawn) scrollTo(0, 0);
      document.title = part.root.dataset.title || document.title;
      part.focus?.focus({ preventScroll: true });
      // Once it is scrolled: the window may have another size than when it left.
      requestAnimationFrame(() => window.dispatchEvent(new Event('resize')));
    } else if (!part.root) {
      part.root = document.getElementById('app');
    }
    home.roots[part.name] = part.root;
    draw(part);
  };

  // What stands there until a part draws: the top bar as it is.
  const waitingRoot = root => {
    const next = root.cloneNode();
    delete next.dataset.title;
    const main = document.createElement('main');
    main.id = 'boot';
    next.append(root.querySelector('header').cloneNode(true), main);
    return next;
  };

  // A link under the pointer is likely to be followed.
  const prepare = event => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && !navigator.connection?.saveData) load(partOf(link.hash)).catch(() => {});
  };
  for (const event of ['pointerover', 'focusin']) addEventListener(event, prepare, { passive: true });

  const [find, lens, picker] = ['find', 'lens', 'picker'].map(name => parts.find(part => part.name === name));
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    element.append(...children);
    return element;
  };
  // A sheet over any page. Esc and a click beside it close it; the focus goes back to where it was.
  const lay = (kind, label, ...children) => {
    const opener = document.activeElement;
    const sheet = make('div',
      { class: kind, role: 'dialog', 'aria-modal': 'true', 'aria-label': label, tabindex: '-1' }, ...children);
    const veil = make('div', { class: 'veil' }, sheet);
    const leave = () => {
      // A button of the strip may have gone with the lens.
      const next = opener?.isConnected ? opener : strip.querySelector('[data-lens]') ?? document.getElementById('main');
      close(next);
    };
    const close = focused => {
      veil.remove();
      removeEventListener('hashchange', leave);
      focused?.focus({ preventScroll: true });
    };
    veil.addEventListener('click', event => {
      const isFollowed = event.target.closest('a') && !(event.ctrlKey || event.metaKey || event.shiftKey);
      if (event.target === veil) close(opener);
      else if (isFollowed) close(document.getElementById('main'));
    });
    veil.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close(opener);
    });
    addEventListener('hashchange', leave);
    document.body.append(veil);
    return { sheet, veil, close: () => close(opener) };
  };
  // The search, or the choice of a lens. It is there at once, and its program takes over when it is loaded.
  const open = (part, offer, label) => {
    const field = make('input', { 'aria-label': label, autocomplete: 'off', spellcheck: 'false' });
    const { sheet, veil, close } = lay('dlg find', label, make('div', { class: 'ask' }, field));
    field.focus();
    home.sheet = sheet;
    home.close = close;
    start(part).then(() => { if (veil.isConnected) home.offers[offer](); }, error => fail(sheet, error));
  };
  const keys = [
    ['/', 'search everything (also Ctrl K)'],
    ['f', 'filter this page'],
    ['l', 'choose a lens: what some owners, nodes or pods ran'],
    ['?', 'this map'],
    ['j k', 'next, previous row or place'],
    ['Enter', 'open the row'],
    ['Space', 'expand the row'],
    ['u', 'up one level'],
    ['n N', 'next, previous place that never ran'],
    ['[ ]', 'previous, next file'],
    ['r m p', 'show or hide ran, never, partly'],
    ['w', 'who ran the selected lines'],
    ['y', 'copy a link to the selected lines'],
    ['t', 'light, dark or system colours'],
    ['Esc', 'close, clear the filter'],
  ];
  const showKeys = () => {
    const line = ([names, what]) =>
      make('div', {}, ...names.split(' ').map(name => make('kbd', {}, name)), make('span', {}, what));
    const cross = make('button', { class: 'btn bare push' }, 'Close');
    const { sheet, close } = lay('dlg', 'Keyboard',
      make('div', { class: 'pad row' }, make('h2', {}, 'Keyboard'), cross),
      make('div', { class: 'keys' }, ...keys.map(line)));
    cross.onclick = close;
    // There is nothing else to go to.
    sheet.addEventListener('keydown', event => { if (event.key === 'Tab') { event.preventDefault(); cross.focus(); } });
    sheet.focus();
  };
  const search = () => open(find, 'palette', 'Search');
  const chooseLens = () => open(picker, 'picker', 'Lens');
  const askSearch = event => {
    event.preventDefault();
    if (/^#\/?search(\?|$)/.test(location.hash) && shown.drawn) document.getElementById('filter').focus();
    else search();
  };
  addEventListener('keydown', event => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    const overPage = { '/': askSearch, l: chooseLens, '?': showKeys };
    const isOwn = Object.hasOwn(overPage, event.key) && isPlain && !event.target.closest?.('input, textarea, select');
    const isCtrlK = event.key === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (document.querySelector('[role=dialog]')) return;
    if (!isOwn && !isCtrlK) return;
    event.preventDefault();
    (isOwn ? overPage[event.key] : askSearch)(event);
  });
  addEventListener('click', event => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (isPlain && event.target.closest?.('[data-search]')) askSearch(event);
    if (event.target.closest?.('[data-lens]')) chooseLens();
    if (event.target.closest?.('[data-keys]')) showKeys();
  });

  // The lens: chosen processes instead of everyone. It stands in the address as lens=FIELD=GLOB, as
  // often as it has filters; its program computes the shards that pages ask for under it. A strip above
  // every page says so for as long as it changes numbers.
  home.lensed = (filters, name) => {
    const key = lensOf(location.hash).join('&');
    why.delete(key);
    return start(lens).then(() => home.offers.lensed(filters.split('\0'), name)).catch(error => {
      // Without a manifest there is no page.
      if (name.startsWith('manifest-')) {
        why.set(key, error.message);
        showLens();
      }
      throw error;
    });
  };
  // Why lenses show nothing, by their part of the address.
  const why = new Map();
  const isFilter = param => param.startsWith('lens=');
  const address = hash => {
    const [path, query] = hash.split('?');
    return [path, (query || '').split('&').filter(param => param)];
  };
  const lensOf = hash => address(hash)[1].filter(isFilter);
  const without = dropped => {
    const [path, params] = address(location.hash);
    const kept = params.filter(param => !dropped(param));
    location.hash = (path || '#/') + (kept.length ? '?' + kept.join('&') : '');
  };
  const decoded = text => { try { return decodeURIComponent(text); } catch { return text; } };
  // The names of a set, of which a backslash takes the meaning of a character; a pattern as it stands.
  const namesOf = glob => {
    const parts = /^\{(\\.|[^\\{}])+\}$/su.test(glob) ? glob.slice(1, -1).match(/(\\.|[^\\,])+/gsu) : [glob];
    return (parts ?? [glob]).map(part => /^(\\.|[^\\*?[\]{}])*$/su.test(part) ? part.replace(/\\(.)/gsu, '$1') : part);
  };
  const button = (attributes, text, onclick) => {
    const made = make('button', attributes, text);
    if (onclick) made.onclick = onclick;
    return made;
  };
  const change = () => button({ class: 'btn', 'data-lens': '' }, 'Change');
  const everyone = () => button({ class: 'btn' }, 'Everyone', () => without(isFilter));
  const chip = filter => {
    const text = decoded(filter.slice('lens='.length));
    const at = text.indexOf('=');
    const [field, names] = [text.slice(0, Math.max(at, 0)), namesOf(text.slice(at + 1))];
    const shown = names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
    return make('span', { class: 'chip lens', title: text },
      make('span', { class: 'cut' }, (field === 'key' ? 'owner' : field) + ' ', make('b', {}, make('bdi', {}, shown))),
      button({ class: 'x', 'aria-label': 'Remove ' + text }, '×', () => without(param => param === filter)));
  };
  const strip = make('section', { class: 'lens row', 'aria-label': 'Lens' });
  const lost = make('section', { class: 'empty', role: 'alert' });
  const showLens = () => {
    const filters = lensOf(location.hash);
    const buttons = () => [...strip.querySelectorAll('button')];
    const old = buttons();
    const focused = old.indexOf(document.activeElement);
    strip.replaceChildren(make('b', {}, 'Lens'), make('div', { class: 'row chips' }, ...filters.map(chip)),
      /^#\/?compare/.test(location.hash)
        ? make('b', {}, 'Compare looks at everyone, also under a lens.')
        : make('span', { class: 'mut hide-m' }, 'All numbers are of the processes that pass.'),
      make('span', { class: 'row push' }, change(), everyone()));
    if (filters.length) document.body.prepend(strip);
    else strip.remove();
    if (focused >= 0) {
      const left = strip.isConnected ? buttons() : [shown.root.querySelector('[data-lens]')];
      // The next chip, or the same button at the end.
      const at = old[focused].className === 'x' ? focused : left.length + focused - old.length;
      left[Math.max(0, Math.min(at, left.length - 1))]?.focus();
    }
    const reason = why.get(filters.join('&'));
    lost.remove();
    if (!reason) return;
    lost.replaceChildren(make('h1', {}, 'Nothing to see through this lens'),
      make('p', {}, reason[0].toUpperCase() + reason.slice(1) + '.'),
      make('div', { class: 'row wrap' }, change(), everyone(),
        button({ class: 'btn' }, 'Try again', () => location.reload())));
    document.body.append(lost);
  };

  const begin = () => {
    const showHere = () => { showLens(); show(partOf(location.hash)); };
    // Earlier than the listeners of all parts.
    addEventListener('hashchange', showHere);
    showHere();
  };
  load(partOf(location.hash)).catch(() => {});
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
})();
