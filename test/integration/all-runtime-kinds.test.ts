import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KindBuilds, openKindBuilds } from '../support/kind-builds.ts';
import { languageImage } from '../support/language-image.ts';
import { type PackageServer, servePackages } from '../support/packages/serve.ts';
import { composerRepository, gemServer, goProxy } from '../support/packages/sources.ts';
import { BUSYBOX } from '../support/rig.ts';

// Their images take minutes to make: `sh scripts/test-kinds` runs these.
describe.runIf(process.env['SLIPWAY_TEST_KINDS'])('in the image of a language', () => {
  let builds: KindBuilds;
  let server: PackageServer;
  beforeAll(async () => {
    builds = await openKindBuilds();
    server = await servePackages();
  });
  afterAll(async () => {
    await builds[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it.each([
    ['php', '{}'],
    ['ruby', 'gem "a"'],
    ['go', 'module a'],
    ['java', '<project/>'],
  ] as const)('of another language %s is not there, and the log says so', async (kind, file) => {
    await expect(builds.build({ kind, source: BUSYBOX, file })).rejects.toThrow('exit code 69');
    expect(builds.log()).toContain(`slipway: this image has no ${kind},`);
  });

  it('gems of a gem server are found by plain require; a superset adds what is new', async () => {
    server.add(
      await gemServer([
        {
          name: 'greet',
          version: '1.0.0',
          code: 'require "breeze"\nHELLO = "hello" + SIGN',
          needs: ['breeze'],
        },
        { name: 'breeze', version: '2.0.0', code: 'SIGN = "~"' },
        { name: 'extra', version: '1.0.0', code: 'EXTRA = 1' },
      ]),
    );
    const source = await languageImage('ruby');
    const file = `source "${server.url}"\ngem "greet", "~> 1.0"\n`;
    const image = await builds.build({ kind: 'ruby', source, file });
    expect(builds.run(image, 'ruby', '-e', 'require "greet"; puts HELLO, Process.uid')).toBe('hello~\n65534');
    const left = builds.addedAfter(image, '/tmp/Gemfile');
    expect(left.filter((path) => !path.startsWith('/var/lib/gems/'))).toEqual([
      '/usr/share/slipway/Gemfile.lock',
    ]);
    expect(left.filter((path) => path.endsWith('.gem'))).toEqual([]);

    const more = `${file}gem "extra"\n`;
    const second = await builds.build({ kind: 'ruby', source: image, file: more });
    expect(builds.log()).toContain('Using greet 1.0.0');
    const whole = await builds.build({ kind: 'ruby', source, file: more });
    expect(builds.run(second, 'gem', 'list')).toBe(builds.run(whole, 'gem', 'list'));
  }, 600_000);

  it('a superset of gems that would need other versions of what is there is not installed on top', async () => {
    server.add(
      await gemServer([
        { name: 'other', version: '1.0.0', code: '' },
        { name: 'other', version: '2.0.0', code: '' },
      ]),
    );
    const source = await languageImage('ruby');
    const image = await builds.build({ kind: 'ruby', source, file: `source "${server.url}"\ngem "other"\n` });
    const file = `source "${server.url}"\ngem "other", "< 2"\n`;
    await expect(builds.build({ kind: 'ruby', source: image, file })).rejects.toThrow('exit code 75');
    expect(builds.log()).toContain('other versions of these gems');
  }, 600_000);

  it('packages of a Composer repository are loaded from COMPOSER_HOME, in the versions that were asked for', async () => {
    server.add(
      await composerRepository(server.url, [
        {
          name: 'acme/greet',
          version: '1.2.0',
          code: '<?php namespace Acme; function hello() { return "hello"; }',
        },
        {
          name: 'acme/extra',
          version: '1.0.0',
          code: '<?php namespace Acme; function extra() { return "extra"; }',
        },
      ]),
    );
    const source = await languageImage('php');
    const fileOf = (require: Record<string, string>): string =>
      JSON.stringify({
        require,
        repositories: [{ type: 'composer', url: server.url }, { 'packagist.org': false }],
        config: { 'secure-http': false },
      });
    const image = await builds.build({
      kind: 'php',
      source,
      file: fileOf({ 'acme/greet': '^1.0', php: '>=7' }),
    });
    const run = (name: string, code: string): string =>
      builds.run(name, 'php', '-r', `require "/app/.composer/vendor/autoload.php"; ${code}`);
    expect(run(image, 'echo Acme\\hello(), posix_getuid();')).toBe('hello65534');
    const left = builds.addedAfter(image, '/tmp/composer.json');
    expect(left.filter((path) => !path.startsWith('/app/.composer/'))).toEqual([]);

    const more = fileOf({ 'acme/greet': '^1.0', php: '>=7', 'acme/extra': '1.0.0' });
    const second = await builds.build({ kind: 'php', source: image, file: more });
    expect(builds.log()).toContain('1 install, 0 updates, 0 removals');
    expect(run(second, 'echo Acme\\hello(), Acme\\extra();')).toBe('helloextra');
    const whole = await builds.build({ kind: 'php', source, file: more });
    const lock = ['cat', '/app/.composer/composer.lock'];
    expect(builds.run(second, ...lock)).toBe(builds.run(whole, ...lock));

    const tooNew = fileOf({ 'acme/greet': '^2.0' });
    await expect(builds.build({ kind: 'php', source, file: tooNew })).rejects.toThrow('exit code 2');
  }, 600_000);

  it('modules of a Go proxy are compiled by nobody, without a network', async () => {
    const hello = 'package greet\n\nfunc Hello() string { return "hello" }\n';
    server.add(goProxy([{ name: 'example.com/greet', version: 'v1.0.0', code: hello }]));
    const source = await builds.base(
      `FROM ${await languageImage('go')}\nENV GOPROXY=${server.url} GOSUMDB=off GOPATH=/go\n`,
    );
    const file = 'module action\n\ngo 1.19\n\nrequire example.com/greet v1.0.0\n';
    const image = await builds.build({ kind: 'go', source, file });
    const main = 'package main\n\nimport "example.com/greet"\n\nfunc main() { print(greet.Hello()) }\n';
    const script = `mkdir /tmp/action && cd /tmp/action && cp /tmp/go.mod . && printf '${main.replaceAll('\n', '\\n')}' >main.go
GOCACHE=/tmp/cache GOFLAGS=-mod=mod GOPROXY=off go build -o main . && ./main 2>&1 && id -u`;
    expect(builds.run(image, 'sh', '-c', script)).toBe('hello65534');
    const left = builds.addedAfter(image, '/tmp/go.mod');
    expect(left.filter((path) => !path.startsWith('/go/pkg/mod/'))).toEqual([]);
    expect(left.filter((path) => path.endsWith('.zip'))).toEqual([]);
  }, 600_000);

  it('jars of a Maven repository (Debian’s own) are on the class path of the folder', async () => {
    const source = await languageImage('java');
    const pom = (...artifacts: string[]): string => `<project>
  <modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version>
  <dependencies>${artifacts.join('')}</dependencies>
</project>`;
    const commons = (id: string): string =>
      `<dependency><groupId>org.apache.commons</groupId><artifactId>${id}</artifactId><version>debian</version></dependency>`;
    const image = await builds.build({ kind: 'java', source, file: pom(commons('commons-lang3')) });
    const folder = '/javaAction/.m2/repository';
    const code = `public class Main { public static void main(String[] a) {
      System.out.println(org.apache.commons.lang3.StringUtils.capitalize("hello")); } }`;
    const script = `cd /tmp && echo '${code}' >Main.java && javac -cp '${folder}/*' Main.java && java -cp '${folder}/*:.' Main && id -u`;
    expect(builds.run(image, 'sh', '-c', script)).toBe('Hello\n65534');
    expect(builds.addedAfter(image, '/tmp/pom.xml')).toEqual([
      `${folder}/commons-lang3-debian.jar`,
      '/usr/share/slipway/jars.list',
    ]);

    const other = await builds.build({
      kind: 'java',
      source: image,
      file: pom(commons('commons-collections4')),
    });
    expect(builds.run(other, 'ls', folder)).toBe('commons-collections4-debian.jar');
  }, 900_000);
});
