import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/slipway');

describe.concurrent('on a terminal', () => {
  /** The program on a terminal of this width. */
  function onTerminal(folder: string, columns: number, environment: Record<string, string> = {}): string {
    const command = `stty cols ${columns}; ${PROGRAM} build`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm', ...environment },
    });
    return stdout;
  }

  it('is coloured, except where nobody wants that', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x'] }));
    expect(onTerminal(rig.folder, 80)).toContain('\u001b[32m');
    expect(onTerminal(rig.folder, 80, { NO_COLOR: '1' })).not.toContain('\u001b[3');
  });

  it('keeps the summary within 40 columns', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [script({ name: 'long '.repeat(20), code: 'true' })] }),
    );
    const screen = onTerminal(rig.folder, 40, { NO_COLOR: '1' });
    const [, summary = ''] = screen.split(/Step passed:.*\r\n/s);
    const line = screen.split('\r\n').find((each) => each.includes('✓')) ?? '';
    expect(line.length, summary).toBeGreaterThan(20);
    expect(line.length, summary).toBeLessThanOrEqual(40);
  });
});
