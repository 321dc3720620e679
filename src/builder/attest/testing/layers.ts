import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** What is at a path: a file's text, a link, or a folder where it ends with a slash. */
export type LayerEntries = Readonly<Record<string, string | Buffer | { readonly link: string }>>;

/** The tar of a layer. */
export async function layerTar(entries: LayerEntries): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(entries)) {
    if (name.endsWith('/')) tar.entry({ name, type: 'directory' });
    else if (typeof content === 'string' || Buffer.isBuffer(content)) tar.entry({ name }, content);
    else tar.entry({ name, type: 'symlink', linkname: content.link });
  }
  tar.finalize();
  return await buffer(tar);
}

export const PACKINGS = {
  plain: (tar: Buffer) => tar,
  gzip: (tar: Buffer) => gzipSync(tar),
  zstd: (tar: Buffer) => zstdCompressSync(tar),
} as const;

/** Bytes in pieces of an odd size, as they come over a network. */
export async function* inPieces(bytes: Buffer, sizeBytes = 1009): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

const json = (value: object): string => JSON.stringify(value);

/** An installed package of each kind, as its tool leaves it. */
export const INSTALLED: LayerEntries = {
  'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n',
  'var/lib/dpkg/status': [
    'Package: libc6\nStatus: install ok installed\nInstalled-Size: 12999\nArchitecture: amd64\nVersion: 2.36-9+deb12u9\n',
    'Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0\n',
  ].join('\n'),
  './node_modules/lodash/package.json': json({ name: 'lodash', version: '4.17.21', license: 'MIT' }),
  './node_modules/lodash/lodash.js': 'x'.repeat(1000),
  'node_modules/lodash/esm/package.json': json({ type: 'module' }),
  'node_modules/@types/node/package.json': json({ name: '@types/node', version: '24.0.0' }),
  'node_modules/@types/node/node_modules/deep/package.json': json({ name: 'deep', version: '0.1.0' }),
  'usr/lib/python3/dist-packages/Flask_Cors-5.0.1.dist-info/METADATA':
    'Metadata-Version: 2.4\nName: Flask-Cors\nVersion: 5.0.1\nLicense-Expression: MIT\n\nName: not-this\n',
  'usr/lib/python3/dist-packages/Flask_Cors-5.0.1.dist-info/RECORD':
    'flask_cors/core.py,sha256=x,100\nflask_cors/__init__.py,sha256=y,20\nflask_cors-5.0.1.dist-info/RECORD,,\n',
  'usr/lib/python3/dist-packages/old.egg-info/PKG-INFO': 'Name: old\nVersion: 0.1\nLicense: UNKNOWN\n',
  'app/.composer/vendor/composer/installed.json': json({
    packages: [{ name: 'monolog/monolog', version: '3.8.1', license: ['MIT'] }],
  }),
  'app/.composer/vendor/monolog/monolog/src/Logger.php': '<?php // logger',
  'usr/lib/ruby/gems/3.3.0/specifications/rack-3.1.8.gemspec': 's.licenses = ["MIT".freeze]\n',
  'usr/lib/ruby/gems/3.3.0/gems/rack-3.1.8/lib/rack.rb': 'module Rack; end',
  'go/pkg/mod/github.com/!burnt!sushi/toml@v1.4.0/decode.go': 'package toml',
  'app/.nuget/packages/newtonsoft.json/13.0.3/newtonsoft.json.nuspec':
    '<package><metadata><id>Newtonsoft.Json</id><license type="expression">MIT</license></metadata></package>',
  'app/.nuget/packages/newtonsoft.json/13.0.3/lib/x.dll': 'dll',
  'root/.m2/repository/org/slf4j/slf4j-api/2.0.16/slf4j-api-2.0.16.jar': 'no zip at all',
};
