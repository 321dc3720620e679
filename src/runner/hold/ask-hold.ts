import { connect } from 'node:net';
import { RunError } from '../failure.ts';
import type { HoldRecord } from './hold-record.ts';
import type { HoldAnswer, HoldRequest } from './hold-request.ts';

const isAnswer = (value: unknown): value is HoldAnswer =>
  typeof value === 'object' && value !== null && 'ok' in value && 'message' in value;

/** Asks a held run for something and waits for its answer. Throws `RunError` where nobody answers. */
export async function askHold(hold: HoldRecord, request: HoldRequest): Promise<HoldAnswer> {
  const text = await exchange(hold.socket, `${JSON.stringify(request)}\n`).catch((error: Error) => {
    throw unanswered(hold, error);
  });
  try {
    const answer: unknown = JSON.parse(text);
    if (isAnswer(answer)) return answer;
  } catch {
    // not JSON: it broke off
  }
  throw unanswered(hold);
}

async function exchange(path: string, line: string): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.end(line);
  let text = '';
  for await (const piece of socket.setEncoding('utf8') as AsyncIterable<string>) text += piece;
  return text;
}

const unanswered = ({ runId }: HoldRecord, cause?: Error): RunError =>
  new RunError(
    {
      reason: 'hold-expired',
      message: `the run ${runId} does not answer: it is no longer held`,
      hint: '`slipway hold` lists the runs that are',
    },
    { cause },
  );
