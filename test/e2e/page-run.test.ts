import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage, PHONE } from '../support/page.ts';
import { BUSYBOX, createRig, type Rig } from '../support/rig.ts';

let rig: Rig;
let opened: OpenedPage;

beforeAll(async () => {
  rig = createRig();
  opened = await openPage({ rig });
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

/** Runs a pipeline of scripts by their names; gives the run's id. */
async function build(steps: Readonly<Record<string, string>>): Promise<string> {
  const scripts = Object.entries(steps).map(([name, code]) => ({ script: { name, code } }));
  rig.write('wercker.yml', JSON.stringify({ box: BUSYBOX, build: { steps: scripts } }));
  const { stdout } = await rig.run(['build', '--artifacts', '--output', 'json']);
  return JSON.parse(stdout.split('\n', 1)[0] ?? '').runId;
}

const head = (name: string) => opened.page.locator('.step-head').filter({ hasText: name });
const linesOf = (name: string) => opened.page.getByLabel(`Log of ${name}, lines`).locator('.log-text');

describe('the page of a run', { timeout: 180_000 }, () => {
  it('shows its steps with their logs, when they ran, and gives what it made', async () => {
    const { page } = opened;
    const runId = await build({
      compile: 'for i in 1 2 3; do echo "compiling $i"; done',
      pack: 'mkdir $WERCKER_OUTPUT_DIR/docs; echo hello >$WERCKER_OUTPUT_DIR/docs/index.html; printf "\\033[32mpacked\\033[0m\\n"',
    });
    await opened.open(`/runs/${runId}`);
    await page.locator('.page-title').getByText('passed').waitFor();
    await head('compile').click();
    await expect
      .poll(() => linesOf('compile').allTextContents())
      .toEqual(expect.arrayContaining(['compiling 1', 'compiling 2', 'compiling 3']));
    await head('pack').click();
    await linesOf('pack').getByText('packed').waitFor();
    expect(await linesOf('pack').getByText('compiling').count()).toBe(0);
    expect(await opened.faults()).toEqual([]);
    await opened.picture('run-steps');

    await page.getByRole('link', { name: 'Log', exact: true }).click();
    await page.getByLabel('Log of the run, lines').getByText('compiling 3').waitFor();
    await page.getByRole('link', { name: 'Timeline' }).click();
    await expect
      .poll(() => page.locator('.timeline-name').allTextContents())
      .toEqual(expect.arrayContaining(['setup environment', 'compile', 'pack']));
    expect(await opened.faults()).toEqual([]);

    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download artifact' }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe('output.tar');
    const listed = execFileSync('tar', ['-tf', await download.path()], { encoding: 'utf8' });
    expect(listed).toContain('output/docs/index.html');
    await page.getByRole('link', { name: 'Artifacts' }).click();
    const sha256 = createHash('sha256')
      .update(readFileSync(await download.path()))
      .digest('hex');
    await page.getByText(`sha256:${sha256}`).waitFor();
    expect(await opened.faults()).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await opened.overflow()).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1000, height: 800 });
    await page.getByRole('link', { name: 'Browse files' }).click();
    await page.getByRole('link', { name: 'docs' }).click();
    await page.getByText('index.html').first().waitFor();
  });

  it('opens the step that failed, and says why', async () => {
    const runId = await build({ good: 'echo fine', bad: 'echo about to break; exit 3', never: 'echo no' });
    await opened.open(`/runs/${runId}`);
    await linesOf('bad').getByText('about to break').waitFor();
    expect(await head('good').getAttribute('aria-expanded')).toBe('false');
    expect(await head('bad').textContent()).toContain('failed');
    expect(await opened.page.getByRole('link', { name: 'Download artifact' }).count()).toBe(0);
    expect(await opened.faults()).toEqual([]);
  });

  it('goes on with a run that goes on', async () => {
    rig.write(
      'wercker.yml',
      JSON.stringify({
        box: BUSYBOX,
        build: { steps: [{ script: { name: 'endless', code: 'echo begun; sleep 600' } }] },
      }),
    );
    const running = rig.start(['build', '--output', 'json']);
    await running.waitFor('"step-output"');
    const runs = (await (await fetch(`${opened.url}/api/v1/runs?limit=1`)).json()) as {
      runs: { runId: string }[];
    };
    await opened.open(`/runs/${runs.runs[0]?.runId}`);
    await linesOf('endless').getByText('begun').waitFor();
    expect(await head('endless').textContent()).toContain('running');
    running.process.kill('SIGINT');
    await opened.page.locator('.page-title').getByText('interrupted').waitFor(); // told by the server
    await expect.poll(() => head('endless').textContent()).toContain('interrupted');
    await running.finished;
    expect(opened.complaints).toEqual([]);
  });
});
