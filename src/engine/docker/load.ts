import type { IncomingMessage } from 'node:http';
import { expectFine } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { field, optional, readText } from './json.ts';
import { query } from './path.ts';
import { progressLines } from './progress.ts';
import { sendBody } from './upload.ts';

export async function loadImage(
  api: ApiClient,
  tar: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<string[]> {
  const call = {
    method: 'POST',
    // Else it draws bars.
    path: `/images/load${query({ quiet: true })}`,
    doing: 'load images from a tar',
    signal,
  } as const;
  return await sendBody(api, call, tar, (response) => readLoaded(api, call, response));
}

async function readLoaded(api: ApiClient, call: Call, response: IncomingMessage): Promise<string[]> {
  await expectFine(api, call, response, { table: 'load' });
  let text = '';
  for await (const line of progressLines(api, call, response, 'load')) {
    text += optional(field(line, 'stream'), readText) ?? '';
  }
  return [...text.matchAll(/^Loaded image(?: ID|\(s\))?: *(.+)$/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  );
}
