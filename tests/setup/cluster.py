#!/usr/bin/env python3
"""Generate a large, valid corpus of Go coverage directories.

    cluster.py --real DIR --out DIR [--dirs 2200] [--bytes 6G] [--binaries 120] [--seed 1] [--jobs 2] [--slots]
    cluster.py --real DIR --out DIR --sources GOGIT [--modules 80] [--binaries 3.75 x modules] [--shift 0] [...]     with source repositories

It reads the real covmeta files below --real, derives --binaries distinct programs from them (a program
is a choice of real package blobs: a subset of one program, or the union of several, re-emitted with its own
MetaFileHash), lays out --dirs directories like

    {hostname}/{namespace}/{pod}/{container}/{discoveryTime}/{image}/{binary}/covmeta.H covcounters.H.pid.time
    {hostname}/_host_/{discoveryTime}/{binary}/...

for a 6-node cluster (Deployments x1-3, DaemonSets x6, static pods x3, StatefulSets, Jobs, _host_ binaries; replicas share a
program, so its covmeta is repeated as in real data) and writes, with its own encoder, cumulative snapshots of one or two
processes per directory: every function's counters grow monotonically from snapshot to snapshot. The number of snapshots per directory
is chosen so that the total comes near --bytes (K, M, G suffixes; 5G-11G is the range of the real cluster). Deterministic for a given
seed. Pure Python standard library; about 40-60 MB/s per job.
Afterwards OUT/MANIFEST.tsv lists directory, program hash, number of counter files, bytes.

--slots: each process leaves at most two cumulative counter files, named covcounters.H.pid.1 and .2, as collectors with two alternating
upload slots do (only their modification times tell which is newer); --bytes then has no effect.

--sources GOGIT (the bare repository with src/... that real-corpus.sh makes, of the same toolchain as --real) makes a cluster of --modules Go
modules, each a renamed selection of the real packages with its own source repository:

    OUT/data/{hostname}/...                           directories as above, with info.json (source_url, source_commit)
    OUT/git/github.com/org-NN/repo-NN.git             bare; go.mod and the covered files, each with a last line `// repo-NN` (positions stay true)
    OUT/MANIFEST.tsv                                  four columns as above (below OUT/data), then: namespace, owner kind and name that a reader
                                                      should derive, binary, module, commit, source (ok, no-info, no-commit), build, changed packages

`cmd/internal/obj` becomes `<module>/internal/obj` (main packages `<module>/cmd/x`, `go/ast` becomes `<module>/pkg/ast`) in package path, module
path and file names; blobs, MetaHash and MetaFileHash are what Go 1.24+ would write for them. The module path is github.com/org-NN/repo-NN, except
(by NN mod 20) 01 nested module `<module>/api`, 02 go.work with a member `lib-NN.example/lib` in staging/lib, 03 `k8s.example/compNN`, and 04 of all
`<module>/v2`. Modules with NN mod 10 = 5 are in a rolling upgrade: two commits, some packages with one more comment line at the top, and owners with two
builds. About 15 % of the binaries hold some packages of another module, 5 % of the directories have no info.json, 2 % of the binaries name a
commit that does not exist. --shift N: the files of module NN begin with NN mod (N+1) more comment lines, so that unit lists differ between modules.
80 modules with --bytes 1G: 1.1 GB of data and 0.14 GB of repositories, 27,000 files, 3.5 million units, one minute on two cores.
"""
import argparse, hashlib, json, multiprocessing, os, random, re, struct, subprocess, sys, time

def ul(b, p):
    v = s = 0
    while True:
        c = b[p]; p += 1; v |= (c & 127) << s; s += 7
        if c < 128: return v, p
def enc(v):
    r = bytearray()
    while v >= 128: r.append(v & 127 | 128); v >>= 7
    r.append(v)
    return bytes(r)

def blobs_of(path):
    b = open(path, 'rb').read(); n = struct.unpack_from('<Q', b, 16)[0]; r = {}
    for i in range(n):
        o = struct.unpack_from('<Q', b, 56 + 8 * i)[0]; l = struct.unpack_from('<Q', b, 56 + 8 * (n + i))[0]
        x = b[o:o + l]; nf = struct.unpack_from('<I', x, 40)[0]; p = 44 + 4 * nf; c, p = ul(x, p); st = []
        for _ in range(c): k, p = ul(x, p); st.append(x[p:p + k]); p += k
        r[st[struct.unpack_from('<I', x, 8)[0]]] = x
    return b[48], r

def emit_meta(blobs, mode, salt):
    h = hashlib.md5(b''.join(x[16:32] for x in blobs) + salt).digest()      # any 16 bytes are a valid H for readers
    n = len(blobs); off = 56 + 16 * n + 2; tot = off + sum(map(len, blobs))
    o = [b'\0cvm' + struct.pack('<IQQ', 1, tot, n) + h + struct.pack('<IIBB6x', 56 + 16 * n, 2, mode, 1)]
    offs = []
    for x in blobs: offs.append(off); off += len(x)
    o.append(struct.pack(f'<{n}Q', *offs)); o.append(struct.pack(f'<{n}Q', *map(len, blobs))); o.append(b'\1\0'); o += blobs
    return h, b''.join(o)

def levels(meta, mode, rng):
    """For each function: 6 encoded records, level 0 = absent, then monotone growing counters."""
    n = struct.unpack_from('<Q', meta, 16)[0]; out = []
    for i in range(n):
        o = struct.unpack_from('<Q', meta, 56 + 8 * i)[0]; nf = struct.unpack_from('<I', meta, o + 40)[0]
        hot = rng.random() < .35
        for k in range(nf):
            q = o + struct.unpack_from('<I', meta, o + 44 + 4 * k)[0]; u, _ = ul(meta, q)
            head = enc(u) + enc(i) + enc(k); c = [0] * u; recs = [b'']
            for lv in range(5):
                for j in range(u):
                    if j == 0 or rng.random() < .3:
                        if mode == 1: c[j] = 1
                        else: c[j] = min(0xffffffff, c[j] + min(3_000_000, int(rng.paretovariate(.5 if hot else .9))))
                recs.append(head + b''.join(map(enc, c)))
            out.append((rng.random() * (.7 if hot else 1.3), recs))      # threshold of first execution
    return out

def counter_file(h, body, nfn, args):
    st = ['']; pairs = []
    for k in sorted(args):
        for s in (k, args[k]):
            if s not in st: st.append(s)
        pairs.append((st.index(k), st.index(args[k])))
    s = enc(len(st)) + b''.join(enc(len(x)) + x.encode() for x in st)
    a = enc(len(pairs)) + b''.join(enc(x) + enc(y) for x, y in pairs)
    a += b'\0' * (-(16 + len(s) + len(a)) % 4)
    return (b'\0cwm' + struct.pack('<I', 1) + h + b'\2\0' + b'\0' * 6 + struct.pack('<QII', nfn, len(s), len(a)) + s + a + body
            + b'\0cwm' + b'\0' * 4 + struct.pack('<II', 1, 0))

ALPH = 'bcdfghjklmnpqrstvwxz2456789'
KINDS = {'dep': 'Deployment', 'ds': 'DaemonSet', 'sts': 'StatefulSet', 'static': 'StaticPod', 'host': 'Host'}
def layout(rng, ndirs, nbin, builds=None):
    """(path, program, owner number, restart, namespace, owner kind, owner name, binary) per directory. With builds: other weights,
    sidecars from a few shared programs, and a second program where the first has a successor (rolling upgrade)."""
    rs = lambda n: ''.join(rng.choice(ALPH) for _ in range(n))
    cl = 'ocp4-dev-7xk2p'; M = [f'{cl}-master-{i}' for i in range(3)]; W = [f'{cl}-worker-{z}-{rs(5)}' for z in 'bcd']; N = M + W
    words = 'api auth cloud cluster config console controller csi dns etcd image ingress insights kube machine marketplace metrics monitor multus network node oauth operator pruner registry router scheduler service storage tuned webhook'.split()
    dirs = []; owner = 0
    times = [f'202611{d:02}T{h:02}{m:02}07Z' for d in (20, 21) for h in (8, 14) for m in (5, 40)]
    while len(dirs) < ndirs:
        owner += 1; name = '-'.join(rng.sample(words, 2)); ns = 'openshift-' + rng.choice(words); img = 'quay.io-openshift-release-dev-ocp-v4.0-art-dev-sha256-' + hashlib.sha256(f'{owner % nbin}'.encode()).hexdigest()
        kind = rng.choices(['dep', 'ds', 'sts', 'static', 'job', 'host'], [55, 5, 8, 5, 24, 2] if builds else [46, 20, 6, 8, 15, 2])[0]
        rolling = builds and builds[owner % nbin].next
        if rolling and kind not in ('dep', 'ds', 'static'): kind = 'dep'
        conts = [name] if kind in ('job', 'host') else [name] + [f'{rng.choice(words)}-{x}' for x in ('rbac-proxy', 'reloader', 'sidecar')[:rng.choice((0, 0, 1, 1, 2))]]
        if kind == 'dep':
            h = ''.join(rng.choice('456789bcdf') for _ in range(rng.choice((9, 10)))); ps = [(rng.choice(N), f'{name}-{h}-{rs(5)}') for _ in range(rng.choice((1, 1, 2, 3)) + (2 if rolling else 0))]
        elif kind == 'ds': ps = [(n, f'{name}-{rs(5)}') for n in N]
        elif kind == 'sts': ps = [(W[i % 3], f'{name}-{i}') for i in range(rng.choice((1, 2)))]
        elif kind == 'static': ps = [(n, f'{name}-{n}') for n in M]
        elif kind == 'job':
            j = rng.randrange(3); n = rng.choice(M)
            ps = [(n, (f'installer-{rng.randrange(2, 12)}-{n}', f'revision-pruner-{rng.randrange(2, 12)}-{n}', f'{name}-{29384640 + rng.randrange(9) * 60}-{rs(5)}')[j])]
        else: ps = [(n, '_host_') for n in N]
        tt = sorted(rng.sample(times, rng.choice((1, 1, 1, 2))))
        oname = ('installer', 'revision-pruner', name)[j] if kind == 'job' else name; okind = KINDS.get(kind) or ('Job', 'Job', 'CronJob')[j]
        for ci, c in enumerate(conts):
            b0 = (owner * 7 + ci * 31) % nbin if not builds else owner % nbin if ci == 0 else (owner * 5 + ci) % min(12, nbin)
            for pi, (host, pod) in enumerate(ps):
                for ti, t in enumerate(tt):
                    b, im, pd = b0, img, pod
                    if rolling and ci == 0 and 2 * pi >= len(ps): b = builds[b].next          # the later half of the pods runs the new image
                    if builds: im = img[:-64] + hashlib.sha256(builds[b].image.encode()).hexdigest()
                    if rolling and kind == 'dep' and 2 * pi >= len(ps): pd = name + '-' + ''.join('456789bcdf'[v % 10] for v in hashlib.sha256(h.encode()).digest()[:9]) + pod[-6:]
                    bn = builds[b].binary if builds else f'{c}-bin{b:03}' if kind == 'host' else f'bin{b:03}'
                    p = (host, '_host_', t, bn) if kind == 'host' else (host, ns, pd, c, t, im, bn)
                    dirs.append((os.path.join(*p), b, owner, ti, p[1], okind, bn if kind == 'host' else oname, bn))
    return dirs[:ndirs], owner

def fill(d, rng, prog, name, nsnap, ti, slots):
    """Writes the meta file and the counter files of one or two processes; returns the number of counter files and all bytes."""
    h, meta, lv, mode = prog; os.makedirs(d, exist_ok=True)
    open(f'{d}/covmeta.{h.hex()}', 'wb').write(meta); tot = len(meta); k = 0; t = 1795400000000000000 + rng.randrange(10**15)
    nproc = 2 if (nsnap > 2 or slots) and rng.random() < .2 else 1
    if slots: nsnap = 2 * nproc; t = 1795305600000000000 + t % (40000 * 10**9)       # modification times: the day after the last discovery
    for pr in range(nproc):
        pid = 1 if rng.random() < .7 else rng.randrange(2, 99999)
        if slots: pid += 100000 * pr; newest = rng.randrange(2)
        heat = .25 + .35 * rng.random() + .12 * ti; age = [rng.random() for _ in range(97)]
        n = nsnap // nproc + (pr < nsnap % nproc)
        if slots and rng.random() < .1: n = 1                             # young process: one slot so far
        q = rng.randrange(97)                                             # one for all snapshots: a level that fell would be a restart
        for s in range(n):
            w = heat + .45 * s / max(1, n); parts = []
            ap = parts.append; i = q
            base = int(1 + 3 * s / max(1, n))
            for th, recs in lv:
                i += 1
                if th < w: ap(recs[min(5, base + (age[i % 97] < .3))])
            body = b''.join(parts); t += rng.randrange(10**9, 10**13)
            f = counter_file(h, body, len(parts), {'argc': '2', 'argv0': f'/usr/bin/{name}', 'argv1': '--config=/etc/x.yaml', 'GOOS': 'linux', 'GOARCH': 'amd64'})
            to = f'{d}/covcounters.{h.hex()}.{pid}.{1 + (s + newest) % 2 if slots else t}'
            with open(to, 'wb') as o: o.write(f)
            if slots: os.utime(to, ns=(t, t))
            tot += len(f); k += 1
    return k, tot

PROG = None
def work(job):
    (out, rel, b, seed, nsnap, ti, slots) = job
    k, tot = fill(os.path.join(out, rel), random.Random(seed), PROG[b], f'bin{b:03}', nsnap, ti, slots)
    return f'{rel}\t{PROG[b][0].hex()}\t{k}\t{tot}'

# ---- --sources: modules with repositories

FNV_P, FNV_M = (1 << 88) + 0x13b, (1 << 128) - 1
FNV_P2, FNV_P3, FNV_P4 = (pow(FNV_P, k, 1 << 128) for k in (2, 3, 4))
def fnv(b, h=0x6c62272e07bb014262b821756295c58d):
    """FNV-1a, 128 bits."""
    for c in b: h = (h ^ c) * FNV_P & FNV_M
    return h
def fnv_u32(h, values):
    """The same over little-endian u32 values (the zero bytes on top need no step of their own)."""
    for v in values:
        if v < 256: h = (h ^ v) * FNV_P4 & FNV_M
        elif v < 65536: h = ((h ^ v & 255) * FNV_P & FNV_M ^ v >> 8) * FNV_P3 & FNV_M
        else: h = fnv(struct.pack('<I', v), h)
    return h

class Package:
    """A decoded package blob."""
    def __init__(self, x):
        nf = struct.unpack_from('<I', x, 40)[0]; p = 44 + 4 * nf; c, p = ul(x, p); st = []
        for _ in range(c): k, p = ul(x, p); st.append(x[p:p + k].decode()); p += k
        name, path, mod = struct.unpack_from('<3I', x, 4); self.name, self.path, self.module, self.size, self.nunits = st[name], st[path], st[mod], len(x), 0
        self.funcs = []                                                   # name, base name of the file, units (5 numbers each), their bytes, literal
        for k in range(nf):
            p = struct.unpack_from('<I', x, 44 + 4 * k)[0]; u, p = ul(x, p); n, p = ul(x, p); f, p = ul(x, p); q = p; v = []
            for _ in range(5 * u): c, p = ul(x, p); v.append(c)
            d, base = st[f].rsplit('/', 1)
            if d != self.path: raise ValueError(f'{st[f]} in package {self.path}')
            self.funcs.append((st[n], base, v, x[q:p], x[p])); self.nunits += u
        self.files = sorted({f[1] for f in self.funcs})

    def emit(self, path, module, shift=0):
        """The blob that Go would write for this package at another import path, all lines moved down by shift."""
        st = {'': 0}; at = lambda t: st.setdefault(t, len(st)); head = at(path), at(self.name), at(module); recs = []
        h = fnv((path + self.name + module).encode())
        for name, base, v, raw, lit in self.funcs:
            if shift:
                v = [a + shift if i % 5 in (0, 2) else a for i, a in enumerate(v)]; raw = b''.join(map(enc, v))
                name = re.sub(r'^func\.L(\d+)', lambda m: f'func.L{int(m[1]) + shift}', name)
            file = f'{path}/{base}'; recs.append(enc(len(v) // 5) + enc(at(name)) + enc(at(file)) + raw + bytes((lit,)))
            h = fnv_u32(fnv((name + file).encode(), h), v + [lit])
        tab = enc(len(st)) + b''.join(enc(len(t)) + t for t in map(str.encode, st)); o = 44 + 4 * len(recs) + len(tab); offs = []
        for r in recs: offs.append(o); o += len(r)
        return (struct.pack('<4I', o, head[1], head[0], head[2]) + h.to_bytes(16, 'big') + b'\0' * 4 + struct.pack('<2I', len(st), len(recs))
                + struct.pack(f'<{len(offs)}I', *offs) + tab + b''.join(recs))

def emit_program(blobs, mode):
    """MetaFileHash and meta file, as the runtime of Go 1.24+ writes them."""
    h = fnv(b''.join(x[16:32] for x in blobs) + {1: b'set', 2: b'count', 3: b'atomic'}[mode] + b'perblock').to_bytes(16, 'big')
    meta = emit_meta(blobs, mode, b'')[1]
    return h, meta[:24] + h + meta[40:]

class Module:
    """One repository: its module paths, packages, and which packages changed in its second commit."""
    def __init__(self, i, rng, names, shift):
        self.org, self.repo = f'org-{i:02}', f'repo-{i:02}'; self.url = f'https://github.com/{self.org}/{self.repo}'
        self.path = f'github.com/{self.org}/{self.repo}' if i % 20 != 3 else f'k8s.example/comp{i:02}'
        if i == 4: self.path += '/v2'
        self.part = {1: (self.path + '/api', 'api'), 2: (f'lib-{i:02}.example/lib', 'staging/lib')}.get(i % 20)   # second module for go/...
        self.work = i % 20 == 2; self.shift = i % (shift + 1); self.rolling = i % 10 == 5; self.i = i
        huge = 'cmd/compile/internal/ssa'; libs = [n for n in names if not is_main(n) and n != huge]
        self.libs = set(rng.sample(libs, int(len(libs) * rng.uniform(.4, .58)))) | ({huge} if i % 20 == 0 else set())
        self.mains = []; self.changed = set()

    def place(self, name):
        """Real import path -> (import path, module path, folder in the repository)."""
        if self.part and name.startswith('go/'): mod, d = self.part; return f'{mod}/{name[3:]}', mod, f'{d}/{name[3:]}'
        d = name if is_main(name) else 'pkg/' + name[3:] if name.startswith('go/') else name[4:]
        return f'{self.path}/{d}', self.path, d

    def lines(self, name, rev): return self.shift + (rev and name in self.changed)

    def source(self, name, base, rev):
        return f'// {self.repo}\n'.encode() * self.lines(name, rev) + SOURCE[f'{name}/{base}'] + f'// {self.repo}\n'.encode()

    def write_repo(self, out):
        """Bare repository with one commit (two when rolling); returns the commits."""
        d = f'{out}/git/github.com/{self.org}/{self.repo}.git'; os.makedirs(d); run = lambda *a, **k: subprocess.run(
            ['git', f'--git-dir={d}', '-c', 'core.compression=1', '-c', 'fastimport.unpackLimit=1', *a], check=True, stdout=subprocess.PIPE,
            env={**os.environ, 'GIT_CONFIG_NOSYSTEM': '1', 'GIT_CONFIG_GLOBAL': os.devnull}, **k).stdout
        run('init', '-q', '--bare', '--template=', '-b', 'main')
        data = lambda b: b'data %d\n' % len(b) + b + b'\n'; put = lambda p, b: f'M 100644 inline {p}\n'.encode() + data(b)
        gomod = lambda m: f'module {m}\n\ngo 1.26\n'.encode(); pk = sorted(self.libs | set(self.mains)); s = []
        for rev in range(2 if self.rolling else 1):
            s.append(f'commit refs/heads/main\ncommitter {self.org} <{self.org}@localhost> {1793000000 + 3600 * self.i + 86400 * rev} +0000\n'.encode() + data(b'r%d' % (rev + 1)))
            if not rev:
                s.append(put('go.mod', gomod(self.path)))
                if self.part: s.append(put(self.part[1] + '/go.mod', gomod(self.part[0])))
                if self.work: s.append(put('go.work', f'go 1.26\n\nuse (\n\t.\n\t./{self.part[1]}\n)\n'.encode()))
            for n in pk:
                if not rev or n in self.changed: s += [put(f'{self.place(n)[2]}/{f}', self.source(n, f, rev)) for f in PACKAGES[n].files]
        run('fast-import', '--quiet', '--depth=0', input=b''.join(s))
        for k, v in ('http.receivepack', 'false'), ('uploadpack.allowAnySHA1InWant', 'true'): run('config', k, v)
        return run('rev-list', '--reverse', 'main', text=True).split()

class Build:
    """One program: packages as (module number, revision, real import path)."""
    def __init__(self, module, main, names, rev, mode, seed):
        self.module, self.rev, self.mode, self.seed, self.next, self.missing = module, rev, mode, seed, None, False
        self.binary = f"{module.repo}-{main.rsplit('/', 1)[1]}"; self.main = main; self.names = names; self.extra = []
    @property
    def image(self): return f"{self.module.url} {'missing' if self.missing else self.rev}"
    def packages(self): return self.extra + [(self.module.i, self.rev, n) for n in ORDER if n in self.names]

is_main = lambda n: PACKAGES[n].name == 'main'
PACKAGES, ORDER, SOURCE, MODULES, BUILDS = {}, [], {}, [], []

def plan(rng, nmod, nbuild, shift):
    """Fills MODULES and BUILDS; successors of rolling upgrades come last. Returns the number of first builds."""
    mains = [n for n in ORDER if is_main(n)]; succ = []
    MODULES.extend(Module(i, rng, ORDER, shift) for i in range(nmod)); first = nbuild - sum(m.rolling for m in MODULES)
    for m in MODULES:
        k = min(len(mains), max(1, (m.i + 1) * first // nmod - m.i * first // nmod)); m.mains = rng.sample(mains, k); todo = set(m.libs)
        for j, main in enumerate(m.mains):
            share = rng.uniform(.25, .7); names = {n for n in sorted(m.libs) if rng.random() < share}
            if j == k - 1: names |= todo                                  # every package is in some program
            todo -= names; b = Build(m, main, names | {main}, 0, 3 if rng.random() < .97 else rng.choice((1, 2)), rng.randrange(1 << 32)); BUILDS.append(b)
            b.missing = len(BUILDS) % 50 == 18
            if m.rolling and j == 0:
                m.changed = set(rng.sample(sorted(b.names), max(1, len(b.names) // 8))); old = set(rng.sample(sorted(names), 2))
                new = set(rng.sample(sorted(m.libs - names), min(3, len(m.libs - names)))); succ.append((b, b.names - old | new))
    n = len(BUILDS)
    for b, names in succ: b.next = len(BUILDS); BUILDS.append(Build(b.module, b.main, names, 1, b.mode, b.seed + 1))
    for b in BUILDS[:n]:
        if nmod > 1 and rng.random() < .15:
            o = MODULES[(b.module.i + rng.randrange(1, nmod)) % nmod]; libs = sorted(o.libs - {'cmd/compile/internal/ssa'}); pick = set(rng.sample(libs, min(len(libs), rng.randrange(3, 9))))
            b.extra = [(o.i, 0, x) for x in ORDER if x in pick]
            if b.next: BUILDS[b.next].extra = b.extra
    return n

def write_module(job):
    """The repository of one module and all directories of its programs."""
    i, out, todo, slots = job; m = MODULES[i]; commits = m.write_repo(out); cache = {}; lines = []; used = set()
    def blob(o, rev, n):
        k = o, n, MODULES[o].lines(n, rev)
        if k not in cache: cache[k] = PACKAGES[n].emit(*MODULES[o].place(n)[:2], k[2])
        return cache[k]
    for bi, dirs in todo:
        b = BUILDS[bi]; pk = b.packages(); h, meta = emit_program([blob(*p) for p in pk], b.mode)
        used |= {(o, n, MODULES[o].lines(n, rev)) for o, rev, n in pk}
        prog = h, meta, levels(meta, b.mode, random.Random(b.seed)), b.mode
        commit = hashlib.sha1(b.binary.encode()).hexdigest() if b.missing else commits[b.rev]
        for di, (rel, _, _, ti, ns, kind, owner, binary), seed, nsnap in dirs:
            rng = random.Random(seed); d = f'{out}/data/{rel}'; k, tot = fill(d, rng, prog, binary, nsnap, ti, slots)
            state = 'no-info' if rng.random() < .05 else 'no-commit' if b.missing else 'ok'
            if state != 'no-info':
                with open(d + '/info.json', 'w') as f: json.dump({'binary': binary, 'host': rel.split('/')[0], 'port': 53700, 'pid': 1, 'source_url': m.url, 'source_commit': commit}, f)
            ch = ','.join(sorted(MODULES[o].place(n)[0] for o, rev, n in pk if rev and n in MODULES[o].changed)) or '-'
            lines.append((di, '\t'.join(map(str, (rel, h.hex(), k, tot, ns, kind, owner, binary, m.path, commit, state, bi, ch))), k, tot))
    return lines, used

def sources(a, rng, target, real, t0):
    for _, bl in sorted(real, key=lambda r: -len(r[1])):
        for n, x in bl.items():
            if n.decode() not in PACKAGES: PACKAGES[n.decode()] = Package(x)
    ORDER.extend(sorted(PACKAGES, key=lambda n: is_main(n)))              # dependency order of the largest programs, main packages last
    want = [f'{n}/{f}' for n in ORDER for f in PACKAGES[n].files]
    got = subprocess.run(['git', f'--git-dir={a.sources}', 'cat-file', '--batch'], check=True, stdout=subprocess.PIPE, input=''.join(f'HEAD:src/{f}\n' for f in want).encode()).stdout; p = 0
    for f in want:
        e = got.index(b'\n', p); w = got[p:e].split()
        if w[-1] == b'missing': sys.exit(f'{a.sources}: no src/{f}: not the toolchain of --real')
        SOURCE[f] = got[e + 1:e + 1 + int(w[2])]; p = e + 2 + int(w[2])
        if not SOURCE[f].endswith(b'\n'): SOURCE[f] += b'\n'
    nb = plan(rng, a.modules, a.binaries or max(a.modules, 15 * a.modules // 4), a.shift); dirs, _ = layout(rng, a.dirs, nb, BUILDS)
    # estimates: size of meta files, and of one counter file by the sum over packages
    blobs = [PACKAGES[n].emit(n, '') for n in ORDER]; lv = iter(levels(emit_meta(blobs, 3, b'')[1], 3, random.Random(a.seed))); cost = {}
    for n in ORDER: cost[n] = PACKAGES[n].size + 24 * len(PACKAGES[n].files) + 80, .65 * sum(len(next(lv)[1][3]) for _ in PACKAGES[n].funcs)
    size = [tuple(sum(cost[n][k] for _, _, n in b.packages()) + 150 for k in (0, 1)) for b in BUILDS]
    metas = sum(size[d[1]][0] for d in dirs); per1 = sum(size[d[1]][1] for d in dirs); f = max(1.0, (target - metas) / per1)
    print(f'{len(real)} real programs, {len(want)} files -> {a.modules} modules, {len(BUILDS)} programs, {len(dirs)} dirs; metas {metas / 1e9:.2f} GB, one snapshot each {per1 / 1e9:.2f} GB, '
          + ('two slots per process' if a.slots else f'snapshots/dir ~{f:.2f}'), flush=True)
    todo = [{} for _ in MODULES]
    for i, d in enumerate(dirs):
        n = max(1, int(f * rng.uniform(.5, 1.5) + rng.random())); todo[BUILDS[d[1]].module.i].setdefault(d[1], []).append((i, d, a.seed * 10**6 + i, n))
    os.makedirs(a.out + '/data'); lines = []; used = set(); tot = 0
    with multiprocessing.get_context('fork').Pool(a.jobs) as p:
        for i, (l, u) in enumerate(p.imap_unordered(write_module, [(i, a.out, sorted(t.items()), a.slots) for i, t in enumerate(todo)])):
            lines += l; used |= u; tot += sum(x[3] for x in l)
            if i % 10 == 9: print(f'{i + 1} modules {len(lines)} dirs {tot / 1e9:.2f} GB {time.time() - t0:.0f}s', flush=True)
    lines.sort(); open(a.out + '/MANIFEST.tsv', 'w').writelines(l[1] + '\n' for l in lines)
    files = len({(o, n) + (f,) for o, n, _ in used for f in PACKAGES[n].files}); count = lambda g: sum(g(PACKAGES[n]) for _, n, _ in used)
    print(f'done: {files} files ({count(lambda x: len(x.files))} with both revisions), {count(lambda x: x.nunits)} units, {count(lambda x: len(x.funcs))} functions; '
          f'{len({d[4:8] for d in dirs})} owners, {len({d[1] for d in dirs})} builds, {len(MODULES)} repositories; '
          f'{len(lines)} dirs, {sum(x[2] for x in lines)} counter files, {tot / 1e9:.2f} GB, {time.time() - t0:.0f}s')

def main():
    ap = argparse.ArgumentParser(); ap.add_argument('--out', required=True); ap.add_argument('--dirs', type=int, default=2200); ap.add_argument('--bytes', default='6G')
    ap.add_argument('--binaries', type=int); ap.add_argument('--real', required=True); ap.add_argument('--seed', type=int, default=1); ap.add_argument('--jobs', type=int, default=2)
    ap.add_argument('--sources', metavar='GOGIT'); ap.add_argument('--modules', type=int, default=80); ap.add_argument('--shift', type=int, default=0); ap.add_argument('--slots', action='store_true')
    a = ap.parse_args(); rng = random.Random(a.seed)
    target = int(float(a.bytes.rstrip('KMGkmg')) * {'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}.get(a.bytes[-1].upper(), 1))
    if os.path.exists(a.out): sys.exit(f'{a.out} exists')
    t0 = time.time(); seen = {}
    for r, _, fs in os.walk(a.real):
        for f in fs:
            if f.startswith('covmeta.') and f not in seen: seen[f] = os.path.join(r, f)
    real = [blobs_of(seen[k]) for k in sorted(seen)]
    if not real: sys.exit('no real covmeta files')
    if a.sources: return sources(a, rng, target, real, t0)
    global PROG; PROG = []; a.binaries = a.binaries or 120
    for i in range(a.binaries):
        k = rng.choices([1, 2, 4, 99], [70, 15, 10, 5])[0]; pick = rng.sample(real, min(k, len(real))); mode = 3 if rng.random() < .97 else rng.choice((1, 2))
        m = {}
        for _, bl in pick: m.update(bl)
        ks = sorted(m); keep = set(ks if k > 1 and rng.random() < .6 else rng.sample(ks, max(1, int(len(ks) * rng.uniform(.15, 1)))))
        bl = [m[x] for x in m if x in keep]
        h, meta = emit_meta(bl, mode, b'prog%d' % i); PROG.append((h, meta, levels(meta, mode, random.Random(a.seed * 1000 + i)), mode))
    dirs, owners = layout(rng, a.dirs, a.binaries)
    # average counter file size per program, measured on one sample body
    est = [.65 * sum(len(r[3]) for th, r in p[2]) + 150 for p in PROG]
    metas = sum(len(PROG[b][1]) for _, b, *_ in dirs); per1 = sum(est[b] for _, b, *_ in dirs); f = max(1.0, (target - metas) / per1)
    print(f'{len(real)} real programs -> {a.binaries} binaries, {owners} owners, {len(dirs)} dirs; metas {metas / 1e9:.2f} GB, one snapshot each {per1 / 1e9:.2f} GB, snapshots/dir ~{f:.2f}', flush=True)
    jobs = []
    for i, (rel, b, o, ti, *_) in enumerate(dirs):
        n = max(1, int(f * rng.uniform(.5, 1.5) + rng.random())); jobs.append((a.out, rel, b, a.seed * 10**6 + i, n, ti, a.slots))
    os.makedirs(a.out)
    with multiprocessing.get_context('fork').Pool(a.jobs) as p, open(a.out + '/MANIFEST.tsv', 'w') as mf:
        tot = nc = 0
        for i, l in enumerate(p.imap(work, jobs, 8)):
            mf.write(l + '\n'); x = l.split('\t'); tot += int(x[3]); nc += int(x[2])
            if i % 200 == 0: print(f'{i} dirs {tot / 1e9:.2f} GB {time.time() - t0:.0f}s', flush=True)
    print(f'done: {len(jobs)} dirs, {nc} counter files, {tot / 1e9:.2f} GB, {time.time() - t0:.0f}s')
main()
