import type { IncomingMessage } from 'node:http';
import { KubernetesError } from './error.ts';

/** An object of the API is at most 3 MiB on its way in. */
const LINE_LIMIT_CHARACTERS = 8 * 1024 * 1024;

/** The lines of an answer that goes on. Throws `PROTOCOL` for one that is too long. */
export async function* linesOf(response: IncomingMessage, doing: string): AsyncGenerator<string, void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const pieces = (rest + chunk).split('\n');
    rest = pieces.pop() ?? '';
    if (rest.length > LINE_LIMIT_CHARACTERS)
      throw new KubernetesError(
        'PROTOCOL',
        `cannot ${doing}: a line is longer than ${LINE_LIMIT_CHARACTERS} characters`,
      );
    yield* pieces;
  }
}
