import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KindBuilds, openKindBuilds } from '../support/kind-builds.ts';
import { languageImage } from '../support/language-image.ts';
import { imageWithNpm, type NpmImage } from '../support/npm-image.ts';
import { type PackageServer, servePackages } from '../support/packages/serve.ts';
import { pythonIndex } from '../support/packages/sources.ts';
import { BUSYBOX } from '../support/rig.ts';

let builds: KindBuilds;
beforeAll(async () => {
  builds = await openKindBuilds();
});
afterAll(async () => {
  await builds[Symbol.asyncDispose]();
});

const json = (value: unknown): string => JSON.stringify(value);

describe('nodejs', () => {
  let npm: NpmImage;
  beforeAll(async () => {
    npm = await imageWithNpm();
  }, 120_000);
  afterAll(async () => {
    await npm[Symbol.asyncDispose]();
  });

  const packagesOf = (image: string): string[] =>
    builds
      .run(
        image,
        'find',
        '/node_modules',
        '-name',
        'package.json',
        '-path',
        '*/node_modules/*',
        '-exec',
        'grep',
        '-H',
        '"version":',
        '{}',
        '+',
      )
      .split('\n')
      .map((line) => line.trim())
      .sort();

  it('gets packages of the npm registry, found by code of nobody; one more is all that a superset adds', async () => {
    const few = json({ dependencies: { ms: '2.1.3', depd: '^2.0.0' } });
    const more = json({ dependencies: { ms: '2.1.3', depd: '^2.0.0', 'http-errors': '2.0.0' } });
    const first = await builds.build({ kind: 'nodejs', source: npm.name, file: few });
    const code = 'console.log(require("ms")("1d"), process.getuid())';
    expect(builds.run(first, 'node', '-e', code)).toBe('86400000 65534');
    const left = builds.addedAfter(first, '/tmp/package.json');
    expect(left.filter((path) => !path.startsWith('/node_modules/'))).toEqual([]);

    const second = await builds.build({ kind: 'nodejs', source: first, file: more });
    const added = builds.addedAfter(second, '/tmp/package.json');
    expect(added).toContain('/node_modules/http-errors/package.json');
    expect(added.filter((path) => /\/(?:ms|depd)\//.test(path))).toEqual([]);
    const whole = await builds.build({ kind: 'nodejs', source: npm.name, file: more });
    expect(packagesOf(second)).toEqual(packagesOf(whole));
    expect(builds.run(second, 'node', '-p', 'require("http-errors")(404).status')).toBe('404');
  }, 120_000);

  it('keeps what the image had in /node_modules, but for what the file asks for in another version', async () => {
    const source = await builds.base(
      `FROM ${npm.name}
COPY own.json /node_modules/own/package.json
COPY old.json /node_modules/ms/package.json
COPY own.json /node_modules/ms/left-behind.json
`,
      {
        'own.json': json({ name: 'own', version: '1.0.0' }),
        'old.json': json({ name: 'ms', version: '1.0.0' }),
      },
    );
    const image = await builds.build({
      kind: 'nodejs',
      source,
      file: json({ dependencies: { ms: '2.1.3' } }),
    });
    const code = 'console.log(require("ms/package.json").version, require("own/package.json").version)';
    expect(builds.run(image, 'node', '-e', code)).toBe('2.1.3 1.0.0');
    expect(builds.run(image, 'ls', '/node_modules/ms')).not.toContain('left-behind');
  }, 60_000);

  it('ends with an error, in the log too, for a package that there is not', async () => {
    const file = json({ dependencies: { ms: '0.0.0-there-is-no-such-version' } });
    await expect(builds.build({ kind: 'nodejs', source: npm.name, file })).rejects.toThrow('exit code 1');
    expect(builds.log()).toContain('No matching version found for ms@0.0.0-there-is-no-such-version');
  }, 60_000);
});

describe('python', () => {
  let source: string;
  let server: PackageServer;
  beforeAll(async () => {
    source = await languageImage('python');
    server = await servePackages();
    server.add(
      pythonIndex([
        {
          name: 'greet',
          version: '1.0',
          code: 'import breeze\nhello = "hello" + breeze.sign\n',
          needs: ['breeze'],
        },
        { name: 'breeze', version: '2.0', code: 'sign = "~"\n' },
        { name: 'extra', version: '3.0', code: 'import breeze\n', needs: ['breeze'] },
      ]),
    );
  }, 300_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const file = (...lines: string[]): string =>
    [`--index-url ${server.url}/simple/`, `--trusted-host ${server.host}`, ...lines].join('\n');

  it('gets wheels of the index that the file names, found by code of nobody', async () => {
    const image = await builds.build({ kind: 'python', source, file: file('greet==1.0') });
    const code = 'import greet, os; print(greet.hello, os.getuid())';
    expect(builds.run(image, 'python3', '-c', code)).toBe('hello~ 65534');
    const left = builds.addedAfter(image, '/tmp/requirements.txt');
    expect(left.filter((path) => !path.startsWith('/usr/local/lib/python3'))).toEqual([]);

    server.asked.length = 0;
    const more = file('greet==1.0', 'extra');
    const second = await builds.build({ kind: 'python', source: image, file: more });
    expect(server.asked.filter((path) => path.endsWith('.whl'))).toEqual([
      '/simple/extra/extra-3.0-py3-none-any.whl',
    ]);
    const added = builds.addedAfter(second, '/tmp/requirements.txt');
    expect(added.filter((path) => !/\/extra(?:-3\.0\.dist-info)?\//.test(path))).toEqual([]);
    const whole = await builds.build({ kind: 'python', source, file: more });
    const freeze = ['python3', '-m', 'pip', 'freeze'];
    expect(builds.run(second, ...freeze)).toBe(builds.run(whole, ...freeze));
  }, 120_000);

  it('is extended by the /bin/extend that an image brings, with the file in /tmp, as root', async () => {
    const own = await builds.base(
      `FROM ${source}
COPY --chmod=755 extend /bin/extend
`,
      {
        extend: `#!/bin/sh
set -e
echo "own command as $(id -u)"
python3 -m pip install --break-system-packages --no-cache-dir -r /tmp/requirements.txt
rm /tmp/requirements.txt
`,
      },
    );
    const image = await builds.build({ kind: 'python', source: own, file: file('breeze') });
    expect(builds.log()).toContain('own command as 0');
    expect(
      builds.run(image, 'sh', '-c', 'python3 -c "import breeze; print(breeze.sign)"; id -u; ls /tmp'),
    ).toBe('~\n65534');
  }, 60_000);

  it('leaves a /bin/extend that is not executable alone', async () => {
    const own = await builds.base(`FROM ${source}\nCOPY extend /bin/extend\n`, { extend: 'exit 9' });
    const image = await builds.build({ kind: 'python', source: own, file: file('breeze') });
    expect(builds.log()).toContain('/bin/extend is not executable');
    expect(builds.run(image, 'python3', '-c', 'import breeze; print(breeze.sign)')).toBe('~');
  }, 60_000);
});

describe('an image', () => {
  it.each([
    ['nodejs', '{}', 'node'],
    ['python', 'a', 'python'],
    ['dotnet', '{}', 'dotnet'],
  ] as const)('that lacks the tools of %s is refused by name', async (kind, file, tool) => {
    await expect(builds.build({ kind, source: BUSYBOX, file })).rejects.toThrow('exit code 69');
    expect(builds.log()).toContain(`slipway: this image has no ${tool},`);
  });

  it('of a blank file gets nothing, and keeps command and environment', async () => {
    const source = await builds.base(
      `FROM ${BUSYBOX}\nENV A=b\nWORKDIR /srv\nENTRYPOINT ["echo", "begun"]\nCMD ["c"]\n`,
    );
    const image = await builds.build({ kind: 'nodejs', source, file: ' \n' });
    expect(builds.log()).toContain('nothing to install');
    expect(builds.inspect(image)).toMatchObject({ ...builds.inspect(source), User: 'nobody' });
  });

  it('of another user has another cache', async () => {
    const source = await builds.base(`FROM ${BUSYBOX}\nCOPY --chmod=755 extend /bin/extend\n`, {
      extend: '#!/bin/sh\ncat /dev/slipway/cache/mark 2>&1; echo mine >/dev/slipway/cache/mark',
    });
    // Another file each time, so that no layer of before is used.
    const build = async (file: string, user?: string): Promise<string> => {
      await builds.build({ kind: 'ruby', source, file, ...(user !== undefined && { user }) });
      return builds.log();
    };
    expect(await build('a')).toContain('No such file');
    expect(await build('b')).toContain('mine');
    expect(await build('c', `other-${randomUUID()}`)).toContain('No such file');
  });
});

describe('dotnet', () => {
  it('restores a project with the packages of project.json (here by a program in the place of dotnet)', async () => {
    const source = await builds.base(
      `FROM ${BUSYBOX}\nCOPY --chmod=755 dotnet /bin/dotnet\nCOPY passwd /etc/passwd\n`,
      {
        passwd: 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
        dotnet: `#!/bin/sh
case $1 in
  --list-sdks) echo '8.0.100 [/usr/share/dotnet/sdk]' ;;
  --version) echo 8.0.100 ;;
  *) echo "$*" && cat slipway.csproj && mkdir -p "$4" && echo ok >"$4/restored" ;;
esac
`,
      },
    );
    const file = json({ dependencies: { 'Newtonsoft.Json': '13.0.3' } });
    const image = await builds.build({ kind: 'dotnet', source, file });
    expect(builds.log()).toContain(
      'restore slipway.csproj --packages /app/.nuget/packages -p:SlipwayFramework=net8.0',
    );
    expect(builds.log()).toContain('<PackageReference Include="Newtonsoft.Json" Version="13.0.3" />');
    expect(builds.run(image, 'find', '/app', '-type', 'f')).toBe('/app/.nuget/packages/restored');
  });
});
