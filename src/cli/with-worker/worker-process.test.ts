import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const CREDENTIALS = `{ clientId: 'a', accessToken: 'b' }`;

// Of a process of its own, which may open no file any more.
const PROGRAM = `
  import { openSync } from 'node:fs';
  import { startWorkerProcess } from ${JSON.stringify(new URL('./worker-process.ts', import.meta.url).href)};
  const files = [];
  try { for (;;) files.push(openSync('/dev/null')); } catch {}
  const lines = [];
  const options = { words: [], environment: {}, credentials: ${CREDENTIALS}, onRecord() {}, onLine: (line) => lines.push(line) };
  const started = startWorkerProcess(options);
  started.renew(${CREDENTIALS});
  started.stop({ finishTasks: true });
  started.kill();
  const ended = await started.ended;
  process.stdout.write(JSON.stringify({ pid: started.pid ?? null, ended, lines }));
`;

it('that could not be started has ended, and says why', () => {
  const words = ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1" main', process.execPath, PROGRAM];
  const said = JSON.parse(execFileSync('sh', words, { encoding: 'utf8' }));
  expect(said).toEqual({
    pid: null,
    ended: { exitCode: null, signal: null },
    lines: [expect.stringMatching(/could not be started.*EMFILE/)],
  });
});
