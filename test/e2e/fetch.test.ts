import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig, type Rig } from '../support/rig.ts';

const FACTS =
  'echo "$WERCKER_GIT_DOMAIN|$WERCKER_GIT_OWNER|$WERCKER_GIT_REPOSITORY|$WERCKER_GIT_BRANCH|$WERCKER_GIT_TAG|${#WERCKER_GIT_COMMIT}"';

interface Repository {
  readonly folder: string;
  git(...words: string[]): string;
  commit(message: string): string;
}

/** A repository `host/me/app.git` below the rig's folder, with a pipeline that tells what it knows of git. */
function createRepository(rig: Rig, file = pipelineFile({ steps: [FACTS] })): Repository {
  const folder = join(rig.folder, 'host/me/app.git');
  execFileSync('git', ['init', '-q', '-b', 'trunk', folder]);
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, ...identity, ...words], { encoding: 'utf8' }).trim();
  rig.write('host/me/app.git/wercker.yml', file);
  const commit = (message: string): string => {
    git('add', '--all');
    git('commit', '-q', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  commit('first');
  return { folder, git, commit };
}

/** Serves repositories with git's own program for that. */
async function serveGit(
  folder: string,
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    if (answer(request, response)) return;
    const { pathname, search } = new URL(request.url ?? '', 'http://git');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    child.on('close', () => sendCgi(response, Buffer.concat(pieces)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server on a port has an address of this kind
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendCgi(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n');
  for (const line of output.subarray(0, end).toString().split('\r\n')) {
    const [name = '', value = ''] = line.split(': ');
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}

describe.concurrent('a project that git fetches', () => {
  it.each<[string, (first: string) => string, string]>([
    ['what it begins with', () => '', '|me|app|trunk|v1|40'],
    ['a branch', () => '#feature/x', '|me|app|feature/x||40'],
    ['a tag', () => '#v1', '|me|app||v1|40'],
    ['a commit', (first) => `#${first}`, '|me|app||v1|40'],
    ['the start of a commit', (first) => `#${first.slice(0, 8)}`, '|me|app||v1|40'],
  ])('is built from %s, and tells its facts', async (_name, ref, facts) => {
    await using rig = createRig();
    const { folder, git, commit } = createRepository(rig);
    const first = git('rev-parse', 'HEAD');
    git('tag', 'v1');
    git('switch', '-q', '-c', 'feature/x');
    rig.write('host/me/app.git/new', '');
    commit('second');
    git('switch', '-q', 'trunk');
    expect((await rig.run(['build', `file://${folder}${ref(first)}`])).stdout).toBe(`${facts}\n`);
    expect(readdirSync(join(rig.folder, '.wercker/tmp'))).toEqual([]);
  });

  it('comes over http, also as OWNER/PROJECT by rules in the git configuration', async () => {
    await using rig = createRig();
    createRepository(rig);
    await using server = await serveGit(join(rig.folder, 'host'));
    const byUrl = await rig.run(['build', `git+${server.url}/me/app.git`, '--git-branch', 'given']);
    expect(byUrl.stdout).toBe('127.0.0.1|me|app|given||40\n');
    rig.write('.gitconfig', `[url "${server.url}/"]\n\tinsteadOf = https://git.example.com/\n`);
    const words = ['build', 'me/app', '--git-domain', 'git.example.com'];
    expect((await rig.run(words)).stdout).toBe('git.example.com|me|app|trunk||40\n');
  });

  it('is not asked for where a folder of that name is, nor where a folder was misspelt', async () => {
    await using rig = createRig();
    rig.write('me/app/wercker.yml', pipelineFile({ steps: ['echo local'] }));
    const here = await rig.run(['build', 'me/app', '--verbose']);
    expect(here.stdout).toBe('local\n');
    expect(here.stderr).toContain('me/app is a folder here and is used; the project on github.com is');
    const slip = await rig.run(['build', 'me/apq']);
    expect(slip.stderr).toMatch(/target '.*me\/apq' is not a directory/);
  });

  it('is removed also when the run is killed, at the next start', async () => {
    await using rig = createRig();
    const stalled = Promise.withResolvers<void>();
    await using server = await serveGit(rig.folder, () => {
      stalled.resolve();
      return true; // and never an answer
    });
    const killed = rig.start(['build', `git+${server.url}/me/app.git`]);
    await stalled.promise;
    killed.process.kill('SIGKILL');
    await killed.finished;
    rig.write('wercker.yml', pipelineFile({ steps: ['true'] }));
    expect((await rig.run(['build'])).exitCode).toBe(0);
    expect(readdirSync(join(rig.folder, '.wercker/tmp'))).toEqual([]);
  });

  it('may be stopped while it comes', async () => {
    await using rig = createRig();
    const stalled = Promise.withResolvers<void>();
    await using server = await serveGit(rig.folder, () => {
      stalled.resolve();
      return true;
    });
    const run = rig.start(['build', `git+${server.url}/me/app.git`]);
    await stalled.promise;
    run.process.kill('SIGINT');
    const { exitCode, stderr } = await run.finished;
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(/at .*\.ts:|mistake in Slipway/);
    expect(readdirSync(join(rig.folder, '.wercker/tmp'))).toEqual([]);
  });

  it('cannot reach folders of this machine by its steps', async () => {
    await using rig = createRig();
    rig.write('secret/run.sh', 'echo never');
    const file = pipelineFile({ steps: [{ 'secret "file://./steps/link"': {} }] });
    const { folder, git, commit } = createRepository(rig, file);
    rig.write('host/me/app.git/steps/own/run.sh', 'echo "own step"');
    git('config', 'core.symlinks', 'true');
    execFileSync('ln', ['-s', join(rig.folder, 'secret'), join(folder, 'steps/link')]);
    commit('a link');
    const out = await rig.run(['build', `file://${folder}`]);
    expect(out.stderr).toContain('leads out of the project that was fetched');
    expect(out.exitCode).toBe(1);
    rig.write('host/me/app.git/wercker.yml', file.replace('steps/link', 'steps/own'));
    commit('its own');
    expect((await rig.run(['build', `file://${folder}`])).stdout).toBe('own step\n');
  });
});

describe.concurrent('a project that cannot be fetched', () => {
  it.each([
    ['file:///nowhere/x.git', "cannot fetch file:///nowhere/x.git: '/nowhere/x.git' does not appear to be"],
    ['http://me:hidden@127.0.0.1:9/a/b.git', 'cannot fetch http://127.0.0.1:9/a/b.git: '],
    ['a/b#--upload-pack=touch', 'is no branch, tag or commit'],
    ['git@-oProxyCommand=x:a/b', 'is not a directory'],
    ['ext::sh -c true', 'is not a directory'],
  ])('is told in a sentence: %s', async (target, sentence) => {
    await using rig = createRig();
    const { exitCode, stdout, stderr } = await rig.run(['build', '--git-domain', '127.0.0.1:9', target]);
    expect(stderr).toContain(sentence);
    expect(stdout + stderr).not.toContain('hidden');
    expect(exitCode).toBeGreaterThan(0);
  });

  it('asks nobody for a password', async () => {
    await using rig = createRig();
    await using server = await serveGit(rig.folder, (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    const { stderr } = await rig.run(['build', `git+${server.url}/me/app.git`]);
    expect(stderr).toContain('it needs credentials, or is not there');
  });
});
