// Starts the viewer. A classic script, because browsers refuse modules from file://.
//
// Over http(s) files are fetched; from file:// (or with ?via=script) they come as classic scripts
// that call covatlas("<name>", "<base64 of gzip>").
(() => {
  'use strict';
  const words = name => document.querySelector(`meta[name="${name}"]`).content.split(' ');
  const byScript = location.protocol === 'file:' || new URLSearchParams(location.search).get('via') === 'script';

  // Before the first paint, so that a chosen theme does not flash.
  try {
    const theme = localStorage.getItem('covatlas-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
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
  const viaScript = (name, url) => new Promise((resolve, reject) => {
    waiting.set(name, resolve);
    append(url).then(
      () => { if (waiting.delete(name)) reject(new Error('another content than its name says: ' + url)); },
      error => { waiting.delete(name); reject(error); });
  });

  const wasmFrom = async url => {
    if (!byScript) {
      const response = await fetch(url);
      if (!response.ok) throw new Error('missing: ' + url);
      const streams = (response.headers.get('content-type') || '').startsWith('application/wasm');
      return streams ? response : response.arrayBuffer();
    }
    const base64 = await viaScript(url.split('/').pop(), url + '.js');
    const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(stream, { headers: { 'Content-Type': 'application/wasm' } });
  };

  const ready = document.readyState === 'loading'
    ? new Promise(resolve => document.addEventListener('DOMContentLoaded', resolve))
    : Promise.resolve();

  const fail = error => {
    console.error(error);
    const note = document.createElement('p');
    note.className = 'note bad';
    note.setAttribute('role', 'alert');
    note.textContent = 'The page could not start: ' + error.message
      + '. If the report was updated a moment ago, reload. It needs Chrome 123, Firefox 120, Safari 17.5 or newer.';
    document.getElementById('app').append(note);
  };

  // What the viewer needs to know and to borrow; it looks here and nowhere else.
  const [manifest, form] = words('covatlas-report');
  window.covatlasHome = { manifest, form, byScript, viaScript };

  const start = async () => {
    const [glue, wasm] = words('covatlas-viewer');
    const [source] = await Promise.all([wasmFrom(wasm), append(glue), ready]);
    await wasm_bindgen({ module_or_path: source });
  };
  start().catch(error => ready.then(() => fail(error)));
})();
