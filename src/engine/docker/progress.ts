import type { IncomingMessage } from 'node:http';
import type { PullProgress } from '../engine.ts';
import { bodyChunks } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { refusalError } from './errors.ts';
import { field, type Json, optional, readNumber, readText } from './json.ts';
import { readJsonLines } from './json-lines.ts';

/** The lines of an answer that tells how far it is. Throws for the one that says what went wrong. */
export async function* progressLines(
  api: ApiClient,
  call: Call,
  response: IncomingMessage,
  table: Parameters<typeof refusalError>[1],
): AsyncGenerator<Json, void> {
  for await (const line of readJsonLines(bodyChunks(api, call, response), call.doing)) {
    const message = optional(field(line, 'error'), readText);
    if (message !== undefined) throw refusalError({ status: 500, message, doing: call.doing }, table);
    yield line;
  }
}

/** What a line says of the progress; `undefined` where it says something else. */
export function readProgress(line: Json): PullProgress | undefined {
  const status = optional(field(line, 'status'), readText);
  if (status === undefined) return undefined;
  const layer = optional(field(line, 'id'), readText);
  const detail = optional(field(line, 'progressDetail'), (json) => json);
  const currentBytes = detail && optional(field(detail, 'current'), readNumber);
  const totalBytes = detail && optional(field(detail, 'total'), readNumber);
  return {
    status,
    ...(layer !== undefined && { layer }),
    ...(currentBytes !== undefined && { currentBytes }),
    ...(totalBytes !== undefined && { totalBytes }),
  };
}
