import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putRun } from '../../src/artifacts/testing/kept-run.ts';
import { openStore } from '../../src/store/index.ts';
import { navigate, openBrowser } from '../support/browser.ts';
import { createRig, type Rig, type Running } from '../support/rig.ts';

const PIPELINE = `box: localhost/slipway-busybox:1
build:
  steps:
    - script:
        name: make the output
        code: |
          mkdir -p "$WERCKER_OUTPUT_DIR/docs"
          echo 'a <b>bold</b> line' >"$WERCKER_OUTPUT_DIR/notes.txt"
          echo '<h1>Guide</h1><script>document.title = "script ran"</script>' >"$WERCKER_OUTPUT_DIR/docs/guide.html"
          head -c 300000 /dev/zero >"$WERCKER_OUTPUT_DIR/docs/data.bin"
`;

let rig: Rig;

/** Waits for the first address that a program prints. */
async function printedUrl(running: Running): Promise<string> {
  let text = '';
  for (const stream of [running.process.stdout, running.process.stderr])
    stream?.on('data', (piece: string) => {
      text += piece;
    });
  await running.waitFor(/http:\/\/127\.0\.0\.1:\d+\S*\s/);
  return /http:\/\/127\.0\.0\.1:\d+[^\s"]*/.exec(text)?.[0] ?? '';
}

async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; path: string }> {
  const [started] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: started.suggestedFilename(), path: await started.path() };
}

beforeAll(async () => {
  rig = createRig(PIPELINE);
  const { exitCode, stderr } = await rig.run(['build', '--artifacts']);
  expect(stderr).toContain('finished');
  expect(exitCode).toBe(0);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

describe('the page of a run, in a browser', () => {
  it('leads from a signed link to the files of an artifact, as they were', async () => {
    const server = rig.start(['download', 'server', '--port', '0', '--output', 'json']);
    const address = await printedUrl(server);
    const { stdout } = await rig.run(['artifacts', 'link', 'latest', '--server', address]);
    await using browser = await openBrowser();
    const { page, complaints } = browser;

    await navigate(() => page.goto(stdout.trim()));
    expect(await page.title()).toMatch(/: build · Slipway$/);
    expect(await page.locator('h1 .badge').innerText()).toBe('passed');
    expect(await page.getByText('make the output').count()).toBe(1);

    const zip = await download(page, () => page.getByRole('link', { name: 'zip', exact: true }).click());
    expect(zip.name).toMatch(/-output\.zip$/);
    expect(execFileSync('unzip', ['-t', zip.path], { encoding: 'utf8' })).toContain('No errors detected');

    await page.getByRole('link', { name: 'Browse files' }).click();
    expect(await page.locator('td.name').allInnerTexts()).toEqual(['docs/', 'notes.txt']);
    const notes = await download(page, () => page.getByRole('link', { name: 'notes.txt' }).click());
    expect(execFileSync('cat', [notes.path], { encoding: 'utf8' })).toBe('a <b>bold</b> line\n');

    await page.getByRole('link', { name: 'docs/' }).click();
    const data = await download(page, () => page.getByRole('link', { name: 'data.bin' }).click());
    expect(execFileSync('cmp', [data.path, '/dev/zero', '-n', '300000'], { encoding: 'utf8' })).toBe('');
    expect(complaints).toEqual([]); // no policy was in the way of our own pages

    await page.getByRole('link', { name: 'view' }).click();
    expect(await page.locator('h1').innerText()).toBe('Guide');
    expect(await page.title()).not.toBe('script ran');
    expect(complaints.join()).toContain('Blocked script execution');

    server.process.kill('SIGTERM');
    expect((await server.finished).exitCode).toBe(0);
  });

  it('fits a telephone, as do the list of runs and the page of a folder', async () => {
    const server = rig.start(['download', 'server', '--public', '--port', '0', '--output', 'json']);
    const address = await printedUrl(server);
    const { stdout } = await rig.run(['runs', 'latest', '--output', 'json']);
    const { runId } = JSON.parse(stdout);
    await using browser = await openBrowser();
    const { page, complaints } = browser;
    await page.setViewportSize({ width: 390, height: 800 });
    const pages = ['/runs', `/runs/${runId}`, `/runs/${runId}/artifacts/output`];
    for (const path of pages) {
      await navigate(() => page.goto(`${address}${path}`));
      const boxes = await page
        .locator('html, .scroll')
        .evaluateAll((all) => all.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth));
      expect(boxes.length, path).toBeGreaterThan(1);
      expect(Math.max(...boxes), path).toBe(0);
    }
    expect(complaints).toEqual([]);
    server.process.kill('SIGTERM');
    expect((await server.finished).exitCode).toBe(0);
  });

  it('is not shown to who has no link', async () => {
    const server = rig.start(['download', 'server', '--port', '0', '--output', 'json']);
    const address = await printedUrl(server);
    for (const path of ['/runs', '/runs/anything', '/api/v1/runs'])
      expect((await fetch(`${address}${path}`)).status).toBe(401);
    server.process.kill('SIGINT');
    expect((await server.finished).exitCode).toBe(0);
  });

  it('is served by artifacts open until Ctrl-C, to who has the printed address', async () => {
    const opened = rig.start(['artifacts', 'open'], { environment: { BROWSER: '/bin/true' } });
    const address = await printedUrl(opened);
    const answer = await fetch(address);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('make the output');
    expect((await fetch(new URL('/runs', address))).status).toBe(401);
    opened.process.kill('SIGINT');
    expect((await opened.finished).exitCode).toBe(0);
    await expect(fetch(address)).rejects.toThrow();
  });

  it('starts the browser that BROWSER names, with the address', async () => {
    const pipe = join(rig.folder, 'seen');
    execFileSync('mkfifo', [pipe]);
    rig.write('browser', `#!/bin/sh\nprintf %s "$1" >"${pipe}"\n`, 0o755);
    const environment = { BROWSER: join(rig.folder, 'browser') };
    const opened = rig.start(['artifacts', 'open', 'latest'], { environment });
    const [address, seen] = await Promise.all([printedUrl(opened), readFile(pipe, 'utf8')]);
    expect(seen).toBe(address);
    opened.process.kill('SIGINT');
    expect((await opened.finished).exitCode).toBe(0);
  });
});

describe('artifacts link', () => {
  it('prints one line, or JSON', async () => {
    const text = await rig.run(['artifacts', 'link', 'latest', 'output', '--file', 'docs', '--as', 'zip']);
    expect(text.stdout).toMatch(
      /^http:\/\/127\.0\.0\.1:8091\/api\/v1\/runs\/[0-9a-f]{24}\/artifacts\/output\?path=docs&as=zip&expires=\d+&signature=[\w-]{43}\n$/,
    );
    const json = await rig.run(['artifacts', 'link', 'latest', '--output', 'json', '--expires', '2h']);
    const line = JSON.parse(json.stdout) as { type: string; url: string; expiresAt: number };
    expect(line.type).toBe('artifact-link');
    expect(Math.abs(line.expiresAt - Date.now() - 7_200_000)).toBeLessThan(60_000);
  });

  it.each([
    [['artifacts', 'link'], 2, 'which run?'],
    [['artifacts', 'link', 'latest', '--expires', 'soon'], 2, '--expires: expected a time such as 90s'],
    [['artifacts', 'link', 'latest', '--server', 'ftp://x'], 2, '--server: expected a web address'],
    [['artifacts', 'link', 'latest', '--file', 'a'], 2, 'name it behind the run'],
    [['artifacts', 'link', 'latest', 'ouput'], 1, 'did you mean output?'],
    [
      ['artifacts', 'link', 'latest', 'output', '--file', 'doc'],
      1,
      'there is no "doc" in the artifact output',
    ],
    [['artifacts', 'link', 'nothing'], 1, 'there is no run "nothing"'],
    [['artifacts', 'open', 'nothing'], 1, 'there is no run "nothing"'],
  ])('says what is wrong with %j', async (words, exitCode, sentence) => {
    const finished = await rig.run(words);
    expect([finished.exitCode, finished.stdout]).toEqual([exitCode, '']);
    expect(finished.stderr).toContain(sentence);
  });

  it('leads to the page of a folder, and to a file itself', async () => {
    const server = rig.start(['download', 'server', '--port', '0', '--output', 'json']);
    const address = await printedUrl(server);
    const got = async (path: string): Promise<string> => {
      const words = ['artifacts', 'link', 'latest', 'output', '--file', path, '--server', address];
      return await (await fetch((await rig.run(words)).stdout.trim())).text();
    };
    expect(await got('docs')).toContain('>guide.html</a>');
    expect(await got('docs/guide.html')).toContain('<h1>Guide</h1>');
    server.process.kill('SIGTERM');
    expect((await server.finished).exitCode).toBe(0);
  });

  it('knows the runs of a store that flags name, as artifacts open does', async () => {
    const flags = ['--store-s3', '--local-file-store', 'buckets', '--s3-bucket', 'team'];
    await using bucket = await openStore({ type: 'folder', folder: join(rig.folder, 'buckets/team') });
    await putRun(bucket, { runId: 'of-a-colleague' });
    expect((await rig.run(['artifacts', 'link', 'of-a-colleague'])).exitCode).toBe(1);
    const link = await rig.run(['artifacts', 'link', 'of-a-colleague', ...flags]);
    expect(link.stdout).toMatch(/^http:\/\/127\.0\.0\.1:8091\/runs\/of-a-colleague\?expires=/);
    const opened = rig.start(['artifacts', 'open', 'of-a-colleague', '--no-browser', ...flags]);
    expect((await fetch(await printedUrl(opened))).status).toBe(200);
    opened.process.kill('SIGINT');
    expect((await opened.finished).exitCode).toBe(0);
  });

  it('says which file of keys is none, and shows nothing of it', async () => {
    rig.write('bad.key', 'not-a-key-of-32-bytes\n');
    const { exitCode, stderr } = await rig.run(['artifacts', 'link', 'latest', '--link-key-file', 'bad.key']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('bad.key: line 1: expected base64url of at least 32 bytes');
    expect(stderr).not.toContain('not-a-key');
  });
});
