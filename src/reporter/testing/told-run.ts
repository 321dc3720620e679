import type { RunEvent, RunEventBody } from '../../kernel/index.ts';
import { createReporter, type Reporter, type ReporterOptions, reportAddress } from '../index.ts';
import type { Received } from './report-server.ts';

export const TOKEN = 't0p&secret';

export interface Rig {
  readonly reporter: Reporter;
  readonly trouble: string[];
  readonly tell: (...events: RunEventBody[]) => void;
}

export function createRig(host: string, options: Partial<ReporterOptions> = {}): Rig {
  const address = reportAddress(host);
  if (!address.ok) throw new Error(address.error);
  const trouble: string[] = [];
  const onTrouble = (text: string) => trouble.push(text);
  const reporter = createReporter({ address: address.value, token: TOKEN, onTrouble, ...options });
  const tell = (...events: RunEventBody[]) => {
    for (const event of events) reporter.see({ ...event, runId: 'run1' } as RunEvent);
  };
  return { reporter, trouble, tell };
}

export const at = 0;
export const started: RunEventBody = {
  type: 'run-started',
  at,
  pipeline: 'build',
  kind: 'build',
  application: { id: 'app', name: 'app' },
  runFolder: '/r',
};
export const output = (text: string | Buffer, safeId?: string): RunEventBody => ({
  type: 'step-output',
  at,
  bytes: Buffer.from(text),
  ...(safeId === undefined ? {} : { safeId }),
});
export const setUp: RunEventBody[] = [
  {
    type: 'run-planned',
    at,
    box: 'x',
    artifacts: true,
    file: 'wercker.yml',
    source: 'box: x\n',
    steps: [
      {
        safeId: 'script-1',
        owner: 'wercker',
        name: 'script',
        version: '',
        displayName: 'make',
        phase: 'main',
      },
      { safeId: 'tell-1', owner: 'me', name: 'tell', version: '1.0.0', displayName: 'tell', phase: 'after' },
    ],
  },
  { type: 'phase-finished', at, phase: 'setup environment', result: 'passed', durationMs: 1 },
];
export const begin = (safeId: string, phase: 'main' | 'after'): RunEventBody => ({
  type: 'step-started',
  at,
  safeId,
  displayName: safeId,
  phase,
  index: 1,
  count: 1,
});
export const end = (safeId: string, phase: 'main' | 'after', more: object = {}): RunEventBody => ({
  type: 'step-finished',
  at,
  safeId,
  displayName: safeId,
  phase,
  result: 'passed',
  durationMs: 1,
  ...more,
});
export const over = (result: 'passed' | 'failed', message?: string): RunEventBody => ({
  type: 'run-finished',
  at,
  result,
  durationMs: 1,
  ...(message === undefined ? {} : { message }),
});

export const summary = (received: readonly Received[]): unknown[] =>
  received.map(({ event, body }) => [event.slice(1), body['stepSafeId'] ?? body['result'] ?? '']);
