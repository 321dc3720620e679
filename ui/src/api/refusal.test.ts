import { describe, expect, it } from 'vitest';
import { refusalOf } from './refusal.ts';

const read = (status: number, body: unknown) => {
  const { message, code, detail } = refusalOf(status, typeof body === 'string' ? body : JSON.stringify(body));
  return { message, code, detail };
};

describe('a refusal says in words for people', () => {
  it('what is wrong with a body, without the facts of the request', () => {
    const message =
      'The body is not what this method takes:\n\n  * payload: expected an object\n  * retries: too big\n\n---\n\n* method:     createTask';
    expect(read(400, { code: 'InputValidationError', message })).toEqual({
      message: 'The body is not what this method takes:',
      code: 'InputValidationError',
      detail: '  * payload: expected an object\n  * retries: too big',
    });
  });

  it.each([
    [{ error: { code: 'not-found', message: 'There is no run' } }, 'There is no run', 'not-found', undefined],
    [
      { message: 'Invalid source', detail: 'source: x', status: 'ko' },
      'Invalid source',
      undefined,
      'source: x',
    ],
    [{ error: 'no' }, 'no', undefined, undefined],
    ['plain words\n', 'plain words', undefined, undefined],
    ['<html>', 'The server answered 502.', undefined, undefined],
    ['', 'The server answered 502.', undefined, undefined],
  ])('%j', (body, message, code, detail) => {
    expect(read(502, body)).toEqual({ message, code, detail });
  });
});
