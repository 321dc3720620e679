import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RuntimeKind } from '../build.ts';
import { createRecipe, KINDS, kindOf, RECIPE_VERSION, writeContext } from './index.ts';

const FILES: Readonly<Record<RuntimeKind, string>> = {
  go: 'go.mod',
  java: 'pom.xml',
  nodejs: 'package.json',
  php: 'composer.json',
  python: 'requirements.txt',
  ruby: 'Gemfile',
  dotnet: 'project.json',
};
// The keys of a record of kinds are kinds.
const NAMES = Object.keys(FILES) as RuntimeKind[];

const SETTINGS = { tenantKey: Buffer.from('a key of this test') };

const contextOf = (kind: RuntimeKind, file = 'x', user = 'ann') =>
  writeContext({ user, kind, source: 'localhost/base:1', file }, SETTINGS);

describe('the kinds', () => {
  it('are seven, each with its requirement file', () => {
    expect(Object.fromEntries([...KINDS].map(([name, kind]) => [name, kind.requirementFile]))).toEqual(FILES);
  });

  it.each(['', 'rust', 'Python', 'constructor', '__proto__', 'python\n'])('has none called %j', (name) => {
    expect(kindOf(name)).toBeUndefined();
  });
});

describe('the Dockerfile', () => {
  it('is only the source where there is no file', () => {
    const context = writeContext(
      { user: 'ann', source: 'registry.example:5000/team/base@sha256:0a' },
      SETTINGS,
    );
    expect(context).toEqual({ dockerfile: 'FROM registry.example:5000/team/base@sha256:0a\n', files: {} });
  });

  it('copies the file, runs the script as root with the cache of user and kind, and leaves it to nobody', () => {
    const owner = createHmac('sha256', SETTINGS.tenantKey)
      .update('["python","ann"]')
      .digest('hex')
      .slice(0, 32);
    expect(contextOf('python').dockerfile).toBe(
      `FROM localhost/base:1

COPY requirements.txt /tmp/requirements.txt
USER root
RUN --mount=type=bind,target=/dev/slipway/context --mount=type=cache,id=slipway-python-${owner},sharing=shared,target=/dev/slipway/cache ["/bin/sh", "/dev/slipway/context/slipway-extend.sh"]
USER nobody
`,
    );
  });

  it('mounts the socket that leads out, with programs that pass on to it, only where builds are tunnelled', () => {
    const installation = { user: 'ann', kind: 'go', source: 'base', file: 'x' } as const;
    const { dockerfile, files } = writeContext(installation, { ...SETTINGS, isTunnelled: true });
    expect(dockerfile).toContain(
      ' --mount=type=ssh,required=true,target=/dev/slipway/reach.sock ["/bin/sh",',
    );
    const forwarders = ['cjs', 'pl', 'py', 'rb'].map((ending) => `slipway-forward.${ending}`);
    expect(Object.keys(files)).toEqual(expect.arrayContaining(forwarders));
    expect(Object.keys(contextOf('go').files)).not.toEqual(expect.arrayContaining(forwarders.slice(0, 1)));
    expect(files['slipway-extend.sh']).toBe(contextOf('go').files['slipway-extend.sh']);
  });

  it('has no cache in common between users, or between kinds', () => {
    const ids = NAMES.flatMap((kind) =>
      ['ann', 'bob', 'ann,sharing=shared', '../ann'].map(
        (user) => /id=([^,]*),/.exec(contextOf(kind, 'x', user).dockerfile)?.[1],
      ),
    );
    expect(new Set(ids).size).toBe(28);
    for (const id of ids) expect(id).toMatch(/^slipway-[a-z]+-[0-9a-f]{32}$/);
  });

  it('has caches whose names nobody can tell without the key of the servers', () => {
    const installation = { user: 'ann', kind: 'go', source: 'base', file: 'x' } as const;
    const { dockerfile } = writeContext(installation, { tenantKey: Buffer.from('another key') });
    expect(dockerfile).not.toBe(writeContext(installation, SETTINGS).dockerfile);
    expect(dockerfile).toBe(writeContext(installation, { tenantKey: Buffer.from('another key') }).dockerfile);
  });

  it('says the same however hostile the file is', () => {
    const file = 'x\nRUN rm -rf /\n$(reboot) `reboot` "; reboot #\\';
    const { dockerfile, files } = contextOf('ruby', file);
    expect(dockerfile).toBe(contextOf('ruby').dockerfile);
    expect(files['Gemfile']).toBe(file);
    expect(files['slipway-extend.sh']).toBe(contextOf('ruby').files['slipway-extend.sh']);
  });

  it.each([
    '',
    ' ',
    'a b',
    'a\nRUN id',
    '--platform=x',
    '$BASE',
    '${BASE}',
    'a`id`',
    'a"',
    "a'",
    '#a',
    'a\\',
    '\u00e4',
    '/a',
  ])('refuses the source %j', (source) => {
    expect(() => writeContext({ user: 'ann', source }, SETTINGS)).toThrow(
      expect.objectContaining({ name: 'BuilderError', code: 'INVALID' }),
    );
  });

  it('refuses a file without a kind', () => {
    expect(() => writeContext({ user: 'ann', source: 'base', file: 'x' }, SETTINGS)).toThrow('needs a kind');
  });
});

describe('the context', () => {
  it('has the certificates beside the script where there are some', () => {
    const recipe = createRecipe({ ...SETTINGS, caBundle: 'PEM' });
    const installation = { user: 'ann', kind: 'go', source: 'base', file: 'module a\n' } as const;
    expect(recipe.writeContext(installation).files['slipway-ca.pem']).toBe('PEM');
    expect(createRecipe(SETTINGS).writeContext(installation).files).not.toHaveProperty('slipway-ca.pem');
    expect(recipe.version).toBe(RECIPE_VERSION);
  });

  it('has a project in the place of a project.json, with everything in it quoted', () => {
    const file = JSON.stringify({
      dependencies: { 'A"><B': '1.0.0', Plain: { version: '$(Secret);2' }, Odd: 3 },
      frameworks: { 'net4 ': {}, 'net8.0': {} },
    });
    expect(contextOf('dotnet', file).files['slipway.csproj']).toBe(`<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="A&quot;&gt;&lt;B" Version="1.0.0" />
    <PackageReference Include="Plain" Version="%24(Secret)%3B2" />
  </ItemGroup>
</Project>
`);
    expect(contextOf('dotnet', 'nonsense').files).not.toHaveProperty('slipway.csproj');
  });
});

describe('the script', () => {
  it.each(NAMES)('of %s is read by dash and by busybox', (kind) => {
    const script = contextOf(kind).files['slipway-extend.sh'] ?? '';
    expect(script).toContain(`file=/tmp/${FILES[kind]}\n`);
    for (const shell of [['dash'], ['busybox', 'ash']]) {
      const [program = '', ...words] = shell;
      execFileSync(program, [...words, '-n'], { input: script });
    }
  });

  it('has helper programs that Node reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-kinds-'));
    try {
      const path = join(folder, 'merge.cjs');
      writeFileSync(path, contextOf('nodejs').files['slipway-merge.cjs'] ?? '');
      execFileSync(process.execPath, ['--check', path]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has not changed without its version', () => {
    const all = NAMES.map((kind) => JSON.stringify(contextOf(kind, '{"dependencies":{}}'))).join('\n');
    const digest = createHash('sha256').update(all).digest('hex').slice(0, 16);
    // Another recipe makes other images: give RECIPE_VERSION another value where what an image gets changes, then put the digest here.
    expect({ version: RECIPE_VERSION, digest }).toEqual({ version: '2', digest: '05178fbf0a6bec1e' });
  });
});
