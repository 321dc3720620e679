import type { RunEvent } from '../../../kernel/index.ts';
import { breakMessages } from './break-messages.ts';
import { type CiMarks, endsPart, partTitle, stepProblem } from './marks.ts';

const BEGINNING = '##teamcity[';
/** The same where it is no message. */
const BROKEN = '##teamcity [';

const ESCAPES: Readonly<Record<string, string>> = {
  '|': '||',
  "'": "|'",
  '[': '|[',
  ']': '|]',
  '\n': '|n',
  '\r': '|r',
};

/** Control characters and all beyond ASCII are written as numbers, which no encoding of the log can spoil. */
function escapeValue(text: string): string {
  return text.replaceAll(/[|'[\]\n\r]|[^ -~]/g, (sign) => {
    const code = sign.charCodeAt(0).toString(16).padStart(4, '0');
    return ESCAPES[sign] ?? `|0x${code}`;
  });
}

function message(name: string, values: Readonly<Record<string, string | number>>): string {
  const written = Object.entries(values).map(([key, value]) => ` ${key}='${escapeValue(String(value))}'`);
  return `${BEGINNING}${name}${written.join('')}]`;
}

/** Each pipeline is a suite of tests, each step a test in a block of its own; what went wrong is a build problem. */
export function teamcityMarks(): CiMarks {
  const pipelines = new Map<string, string>();

  function opening(event: RunEvent): string[] {
    const flowId = event.runId;
    if (event.type === 'run-started') {
      pipelines.set(flowId, event.pipeline);
      return [message('testSuiteStarted', { name: event.pipeline, flowId })];
    }
    const title = partTitle(event);
    const block = title === undefined ? [] : [message('blockOpened', { name: title, flowId })];
    if (event.type !== 'step-started') return block;
    const name = event.displayName;
    return [...block, message('testStarted', { name, flowId, captureStandardOutput: 'false' })];
  }

  return {
    before: opening,
    after(event) {
      const flowId = event.runId;
      if (event.type === 'run-finished') return ending(event, pipelines.get(flowId) ?? '');
      if (event.type === 'step-finished') return stepEnd(event);
      return endsPart(event) ? [message('blockClosed', { name: 'setup environment', flowId })] : [];
    },
    plain: (line) => line.replaceAll(BEGINNING, BROKEN),
    output: breakMessages(),
  };
}

function stepEnd(event: Extract<RunEvent, { type: 'step-finished' }>): string[] {
  const { displayName: name, runId: flowId } = event;
  if (event.result === 'skipped') {
    return [
      message('testStarted', { name, flowId }),
      message('testIgnored', { name, flowId, message: 'not run' }),
      message('testFinished', { name, flowId }),
    ];
  }
  const problem = stepProblem(event);
  const failed = problem === undefined ? [] : [message('testFailed', { name, flowId, message: problem })];
  const title = event.phase === 'after' ? `after-step: ${name}` : `step: ${name}`;
  return [
    ...failed,
    message('testFinished', { name, flowId, duration: Math.round(event.durationMs) }),
    message('blockClosed', { name: title, flowId }),
  ];
}

function ending(event: Extract<RunEvent, { type: 'run-finished' }>, pipeline: string): string[] {
  const suite = message('testSuiteFinished', { name: pipeline, flowId: event.runId });
  if (event.result === 'passed') return [suite];
  const description = `Pipeline ${pipeline} ${event.result}: ${event.message ?? 'no reason was given'}`;
  return [
    suite,
    message('buildProblem', {
      description,
      identity: `slipway_${pipeline.replaceAll(/\W/g, '_')}`.slice(0, 60),
    }),
  ];
}
