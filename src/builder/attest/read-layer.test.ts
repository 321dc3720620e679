import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeContents, encodeContents, type LayerContents } from './layer-contents.ts';
import { mergeLayers } from './merge-layers.ts';
import { LAYER_LIMITS, readLayer } from './read-layer.ts';
import { INSTALLED, inPieces, type LayerEntries, layerTar, PACKINGS } from './testing/layers.ts';

const read = async (entries: LayerEntries): Promise<LayerContents> =>
  readLayer(inPieces(await layerTar(entries)));

const purlsOf = async (...layers: readonly LayerContents[]): Promise<string[]> =>
  (await mergeLayers(layers.map((contents) => ({ contents, isAdded: false })))).map(({ purl }) => purl);

const npm = (name: string, version: string): LayerEntries => ({
  [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
});

const jar = (files: Readonly<Record<string, string>>): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-jar-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const script = 'import shutil,sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[2])';
    execFileSync('python3', ['-c', script, `${folder}-made`, folder]);
    return readFileSync(`${folder}-made.zip`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}-made.zip`, { force: true });
  }
};

describe('readLayer', () => {
  it.each(Object.keys(PACKINGS) as (keyof typeof PACKINGS)[])(
    'finds packages of every kind in a layer that is %s',
    async (packing) => {
      const layer = PACKINGS[packing](await layerTar(INSTALLED));
      const contents = await readLayer(inPieces(layer));
      expect(contents).toMatchObject({ isComplete: true, notices: [] });
      const packages = await mergeLayers([{ contents, isAdded: true }]);
      expect(new Set(packages.map(({ purl }) => purl))).toEqual(
        new Set([
          'pkg:composer/monolog/monolog@3.8.1',
          'pkg:deb/debian/libc6@2.36-9%2Bdeb12u9?arch=amd64',
          'pkg:gem/rack@3.1.8',
          'pkg:golang/github.com/BurntSushi/toml@v1.4.0',
          'pkg:maven/org.slf4j/slf4j-api@2.0.16',
          'pkg:npm/%40types/node@24.0.0',
          'pkg:npm/deep@0.1.0',
          'pkg:npm/lodash@4.17.21',
          'pkg:nuget/Newtonsoft.Json@13.0.3',
          'pkg:pypi/flask-cors@5.0.1',
          'pkg:pypi/old@0.1',
        ]),
      );
      const sizes = Object.fromEntries(packages.map(({ name, sizeBytes }) => [name, sizeBytes]));
      expect(sizes).toMatchObject({ lodash: expect.any(Number), 'flask-cors': 120, libc6: 12999 * 1024 });
      expect(sizes['lodash']).toBeGreaterThan(1000);
      expect(sizes['lodash']).toBeLessThan(1200);
      expect(packages.find(({ name }) => name === 'monolog/monolog')).toMatchObject({ license: 'MIT' });
    },
  );

  it('is remembered as it was found', async () => {
    const contents = await read({ ...INSTALLED, 'usr/.wh..wh..opq': '', 'etc/.wh.gone': '' });
    expect(decodeContents(encodeContents(contents))).toEqual(contents);
    expect(decodeContents(Buffer.from('{"version":0}'))).toBeUndefined();
    expect(decodeContents(Buffer.from('nonsense'))).toBeUndefined();
  });

  it('knows what Alpine has installed', async () => {
    const contents = await read({
      'etc/os-release': 'ID=alpine\n',
      'lib/apk/db/installed':
        'P:musl\nV:1.2.5-r0\nA:x86_64\nI:622592\nL:MIT\nF:lib\nR:libc.so\n\nP:zlib\nV:1.3\nA:x86_64\n',
    });
    expect(await mergeLayers([{ contents, isAdded: false }])).toEqual([
      {
        name: 'musl',
        version: '1.2.5-r0',
        purl: 'pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64',
        license: 'MIT',
        sizeBytes: 622_592,
        isAdded: false,
      },
      { name: 'zlib', version: '1.3', purl: 'pkg:apk/alpine/zlib@1.3?arch=x86_64', isAdded: false },
    ]);
  });

  it('lets others have their turn while it reads a long list', async () => {
    const stanza = (name: number) => `Package: p${name}\nVersion: 1\nDescription: ${'x'.repeat(200)}\n`;
    const tar = await layerTar({
      'var/lib/dpkg/status': Array.from({ length: 40_000 }, (_, index) => stanza(index)).join('\n'),
    });
    let turns = 0;
    let ends = false;
    const count = (): void => {
      turns += 1;
      if (!ends) setImmediate(count);
    };
    // One piece: what turns there are, the list has.
    const reading = readLayer(inPieces(tar, tar.length)).finally(() => {
      ends = true;
    });
    setImmediate(count);
    expect((await reading).definitions.get('var/lib/dpkg/status')).toHaveLength(40_000);
    expect(turns).toBeGreaterThan(2);
  });

  it('says that packages of RPM are not listed', async () => {
    const { notices } = await read({ 'var/lib/rpm/rpmdb.sqlite': 'x' });
    expect(notices).toEqual(['its packages of RPM are not listed']);
  });

  it('reads in a jar what Maven made it as', async () => {
    const properties = (artifact: string) => `groupId=org.example\r\nartifactId=${artifact}\nversion=1.2.3\n`;
    const content = jar({
      'META-INF/maven/org.example/inner/pom.properties': properties('inner'),
      'META-INF/maven/org.example/tool/pom.properties': properties('tool'),
      'org/example/Tool.class': 'class',
    });
    const contents = await read({ 'javaAction/.m2/repository/tool-1.2.3.jar': content });
    expect(await mergeLayers([{ contents, isAdded: true }])).toMatchObject([
      { name: 'org.example:tool', purl: 'pkg:maven/org.example/tool@1.2.3', sizeBytes: content.length },
    ]);
  });
});

describe('mergeLayers', () => {
  it('leaves out what an upper layer removed, by file, by folder and by emptying a folder', async () => {
    const base = await read({ ...npm('kept', '1.0.0'), ...npm('one', '1.0.0'), ...npm('two', '1.0.0') });
    const other = await read({ 'srv/node_modules/three/package.json': '{"name":"three","version":"1.0.0"}' });
    const upper = await read({
      'app/node_modules/.wh.one': '',
      'app/node_modules/two/.wh.package.json': '',
      'srv/.wh..wh..opq': '',
    });
    expect(await purlsOf(base, other, upper)).toEqual(['pkg:npm/kept@1.0.0']);
  });

  it('does not let a whiteout hide what its own layer has', async () => {
    const layer = await read({ 'app/.wh..wh..opq': '', ...npm('new', '2.0.0') });
    expect(await purlsOf(await read(npm('old', '1.0.0')), layer)).toEqual(['pkg:npm/new@2.0.0']);
  });

  it('takes the upper version of a package that was replaced, and none where a link is in its place', async () => {
    const base = await read({ ...npm('a', '1.0.0'), ...npm('b', '1.0.0') });
    const upper = await read({ ...npm('a', '2.0.0'), 'app/node_modules/b': { link: '/srv/b' } });
    expect(await purlsOf(base, upper)).toEqual(['pkg:npm/a@2.0.0']);
  });

  it('knows what was added, also in a list that names all packages again', async () => {
    const debian = (...names: string[]) =>
      read({
        'var/lib/dpkg/status': names
          .map((name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n`)
          .join('\n'),
      });
    const packages = await mergeLayers([
      { contents: await debian('base'), isAdded: false },
      { contents: await debian('base', 'curl'), isAdded: true },
    ]);
    expect(packages.map(({ name, isAdded }) => [name, isAdded])).toEqual([
      ['base', false],
      ['curl', true],
    ]);
  });
});

describe('a hostile layer', () => {
  it.each<[string, LayerEntries]>([
    ['that leaves the image', { '../../node_modules/x/package.json': '{"name":"x","version":"1"}' }],
    ['without a name', { 'node_modules/x/package.json': '{"version":"1"}' }],
    ['with types of another kind', { 'node_modules/x/package.json': '{"name":{},"version":[1]}' }],
    ['that is no JSON', { 'node_modules/x/package.json': '{"name":' }],
    ['that is nothing', { 'node_modules/x/package.json': 'null' }],
    ['with controls in its name', { 'node_modules/x/package.json': '{"name":"\\u001b[2J","version":"1"}' }],
    ['with a line break in its version', { 'node_modules/x/package.json': '{"name":"x","version":"1\\n2"}' }],
    [
      'with a very long name',
      { 'node_modules/x/package.json': `{"name":"${'x'.repeat(5000)}","version":"1"}` },
    ],
  ])('gives no package %s', async (_title, entries) => {
    expect(await purlsOf(await read(entries))).toEqual([]);
  });

  it('gives no license that is a whole text', async () => {
    const manifest = { name: 'x', version: '1.0.0', license: 'x'.repeat(1_000_000) };
    const contents = await read({ 'node_modules/x/package.json': JSON.stringify(manifest) });
    expect([...contents.definitions.values()]).toEqual([
      [{ type: 'npm', name: 'x', version: '1.0.0', folder: 'node_modules/x', sizeBytes: expect.any(Number) }],
    ]);
  });

  it('is read as far as it may be large', async () => {
    const tar = await layerTar({
      ...npm('first', '1.0.0'),
      zeros: Buffer.alloc(4 * 1024 * 1024),
      ...npm('last', '1'),
    });
    const contents = await readLayer(inPieces(PACKINGS.gzip(tar)), {
      ...LAYER_LIMITS,
      maxBytes: 1024 * 1024,
    });
    expect(contents).toMatchObject({
      isComplete: false,
      notices: [expect.stringContaining('not all of it')],
    });
    expect(await purlsOf(contents)).toEqual(['pkg:npm/first@1.0.0']);
  });

  it('is not read further where it unpacks to much more than it is', async () => {
    const bomb = PACKINGS.gzip(await layerTar({ zeros: Buffer.alloc(100 * 1024 * 1024) }));
    const contents = await readLayer(inPieces(bomb, 65_536));
    expect(contents.isComplete).toBe(false);
    expect(contents.notices.join()).toContain('times as large');
  });

  it.each([
    ['entries', { maxEntries: 3 }],
    ['packages', { maxPackages: 3 }],
  ])('is not read further after too many %s', async (what, limits) => {
    const many = Object.assign({}, ...Array.from({ length: 9 }, (_, index) => npm(`p${index}`, '1.0.0')));
    const contents = await readLayer(inPieces(await layerTar(many)), { ...LAYER_LIMITS, ...limits });
    expect(contents.notices.join()).toContain(`more than 3 ${what}`);
    expect(await purlsOf(contents)).toHaveLength(3);
  });

  it.each(['gzip', 'zstd', 'plain'] as const)('is read as far as it is whole: %s', async (packing) => {
    const tar = await layerTar({ ...npm('a', '1.0.0'), noise: Buffer.from('ab'.repeat(100_000)) });
    const layer = PACKINGS[packing](tar);
    const contents = await readLayer(inPieces(layer.subarray(0, layer.length - 600)));
    expect(contents.isComplete).toBe(false);
    const damaged = Buffer.from(layer);
    damaged.fill(0x55, 4, 80);
    expect((await readLayer(inPieces(damaged))).isComplete).toBe(false);
    expect((await readLayer(inPieces(Buffer.alloc(0)))).isComplete).toBe(false);
  });

  it('may have any jar', async () => {
    const good = jar({ 'META-INF/maven/g/a/pom.properties': 'groupId=g\nartifactId=a\nversion=1\n' });
    for (let at = 0; at < good.length - 4; at += 3) {
      const damaged = Buffer.from(good);
      damaged.fill(0xff, at, at + 4);
      const contents = await read({ 'a.jar': damaged });
      expect(contents.isComplete).toBe(true);
    }
  });
});
