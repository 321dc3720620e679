import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar } from './tar.ts';
import { zip } from './zip.ts';

/** Files of a package source, by path. */
export type SourceFiles = Readonly<Record<string, string | Buffer>>;

/** A package: its name, its version, what it has in it and what it depends on. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** The text of its only module. */
  readonly code: string;
  readonly needs?: readonly string[];
}

/** A Python package index, below `/simple/`. */
export function pythonIndex(packages: readonly Package[]): SourceFiles {
  return Object.fromEntries(
    packages.flatMap(({ name, version, code, needs = [] }) => {
      const info = `${name}-${version}.dist-info`;
      const requires = needs.map((each) => `Requires-Dist: ${each}\n`).join('');
      const wheel = zip({
        [`${name}/__init__.py`]: code,
        [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${requires}`,
        [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
        [`${info}/RECORD`]: '',
      });
      const file = `${name}-${version}-py3-none-any.whl`;
      return [
        [`/simple/${name}/`, `<a href="${file}">${file}</a>`],
        [`/simple/${name}/${file}`, wheel],
      ];
    }),
  );
}

/** A gem server that speaks Bundler's compact index; several versions of a gem may be among the packages. */
export async function gemServer(packages: readonly Package[]): Promise<SourceFiles> {
  const names = [...new Set(packages.map(({ name }) => name))];
  const files: Record<string, string | Buffer> = {
    '/names': `---\n${names.map((name) => `${name}\n`).join('')}`,
  };
  const infos = new Map(names.map((name) => [name, '---\n']));
  for (const each of packages) {
    const gem = await makeGem(each);
    const needs = (each.needs ?? []).map((need) => `${need}:>= 0`).join();
    files[`/gems/${each.name}-${each.version}.gem`] = gem;
    const line = `${each.version} ${needs}|checksum:${createHash('sha256').update(gem).digest('hex')}\n`;
    infos.set(each.name, `${infos.get(each.name)}${line}`);
  }
  const versions = names.map((name) => {
    const list = packages.filter((each) => each.name === name).map(({ version }) => version);
    return `${name} ${list.join()} ${createHash('md5')
      .update(infos.get(name) ?? '')
      .digest('hex')}\n`;
  });
  for (const [name, info] of infos) files[`/info/${name}`] = info;
  return { ...files, '/versions': `created_at: 2026-01-01T00:00:00Z\n---\n${versions.join('')}` };
}

async function makeGem({ name, version, code, needs = [] }: Package): Promise<Buffer> {
  const any = `!ruby/object:Gem::Requirement
    requirements:
    - - ">="
      - !ruby/object:Gem::Version
        version: '0'`;
  const dependencies = needs.map(
    (need) => `- !ruby/object:Gem::Dependency
  name: ${need}
  requirement: ${any}
  type: :runtime
  prerelease: false
  version_requirements: ${any}
`,
  );
  const metadata = `--- !ruby/object:Gem::Specification
name: ${name}
version: !ruby/object:Gem::Version
  version: ${version}
platform: ruby
authors: [Nobody]
date: 2026-01-01 00:00:00.000000000 Z
dependencies:${needs.length === 0 ? ' []' : ''}
${dependencies.join('')}files: [lib/${name}.rb]
require_paths: [lib]
summary: a gem
specification_version: 4
`;
  const data = await tar({ [`lib/${name}.rb`]: code });
  return await tar({ 'metadata.gz': gzipSync(metadata), 'data.tar.gz': gzipSync(data) });
}

/** What GOPROXY is set to: one version of a module each. */
export function goProxy(packages: readonly Package[]): SourceFiles {
  return Object.fromEntries(
    packages.flatMap(({ name, version, code }) => {
      const folder = `/${name}/@v`;
      const mod = `module ${name}\n\ngo 1.19\n`;
      const root = `${name}@${version}`;
      return [
        [`${folder}/list`, `${version}\n`],
        [`${folder}/${version}.info`, JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' })],
        [`${folder}/${version}.mod`, mod],
        [`${folder}/${version}.zip`, zip({ [`${root}/go.mod`]: mod, [`${root}/code.go`]: code })],
      ];
    }),
  );
}

/** A Composer repository at an address: `packages.json` and a tar for each package, whose code is `src/<class>.php`. */
export async function composerRepository(url: string, packages: readonly Package[]): Promise<SourceFiles> {
  const files: Record<string, string | Buffer> = {};
  const listed: Record<string, unknown> = {};
  for (const { name, version, code } of packages) {
    const path = `/${name.replace('/', '-')}-${version}.tar`;
    files[path] = await tar({ 'package/src/code.php': code });
    const dist = { url: `${url}${path}`, type: 'tar' };
    listed[name] = { [version]: { name, version, dist, autoload: { files: ['src/code.php'] } } };
  }
  return { ...files, '/packages.json': JSON.stringify({ packages: listed }) };
}
