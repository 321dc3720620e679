import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { BuilderError } from '../error.ts';
import { createListedBuilder } from './testing/listed-builder.ts';
import { ALICE, BOB, serveBuilder } from './testing/serve-builder.ts';

const builder = createListedBuilder();
const served = await serveBuilder(builder);
const lax = await serveBuilder(builder, { strictUserCheck: false });
const small = await serveBuilder(builder, {
  rules: { allowedSources: ['docker.io/team/runtime-*', 'ghcr.io/team/app', 'redis:7'], maxFileBytes: 1000 },
});
afterAll(async () => {
  for (const each of [served, lax, small]) await each[Symbol.asyncDispose]();
});
beforeEach(() => {
  builder.failure = undefined;
});

const GOOD = { source: 'team/runtime-nodejs:v20', target: 'alice:extended', kind: 'nodejs' };
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

interface Refused {
  readonly message: string;
  readonly status: string;
  readonly detail?: string;
}

/** Asks, and gives what is answered; nothing is begun where it is a refusal. */
async function answerOf(
  asking: (path: string, body: unknown) => Promise<Response>,
  body: unknown,
): Promise<[number, Refused & Record<string, unknown>]> {
  const before = builder.started.length;
  const response = await asking('/start', body);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const answer = (await response.json()) as Refused & Record<string, unknown>; // checked by who asked
  expect(answer.status).toBe(response.status === 200 ? 'ok' : 'ko');
  expect(builder.started.length - before).toBe(response.status === 200 ? 1 : 0);
  return [response.status, answer];
}
const start = (body: unknown) => answerOf(served.post, body);

describe('a build that is asked for', () => {
  it('is answered with its id and its job, at the top and as data', async () => {
    const [status, answer] = await start({ ...GOOD, file: base64('{"name":"x"}') });
    expect(status).toBe(200);
    const { id, job_name } = answer;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(job_name).toBe(`build-alice-${String(id)}`);
    expect(answer.message).toBe(`Build process initiated successfully. Job: ${String(job_name)}`);
    expect(answer['data']).toMatchObject({ id, job_name, build: { id, target: 'alice:extended' } });
    expect(answer['build']).toMatchObject({ state: 'queued', createdAt: '2026-01-01T00:00:00.000Z' });
    expect(builder.started.at(-1)).toEqual({
      user: { login: 'alice', environment: { REGISTRY_HOST: 'two', A: '1' }, sources: 'own' },
      request: {
        user: 'alice',
        source: GOOD.source,
        target: { repository: 'alice', tag: 'extended' },
        kind: 'nodejs',
        file: '{"name":"x"}',
      },
    });
  });

  it('may be without a file, with an empty one, and with one in several lines', async () => {
    await start(GOOD);
    expect(builder.started.at(-1)?.request).not.toHaveProperty('file');
    await start({ ...GOOD, file: '' });
    expect(builder.started.at(-1)?.request.file).toBe('');
    const text = JSON.stringify({ description: 'é'.repeat(100) });
    await start({ ...GOOD, file: base64(text).replace(/.{76}/g, '$&\r\n') });
    expect(builder.started.at(-1)?.request.file).toBe(text);
  });

  it('is told which of its fields mean nothing', async () => {
    const [status, answer] = await start({ ...GOOD, force: true, builArgs: { a: 1 }, __proto__x: 1 });
    expect(status).toBe(200);
    expect(answer['warnings']).toEqual([
      'The field "builArgs" has no meaning here.',
      'The field "__proto__x" has no meaning here.',
    ]);
    expect(builder.started.at(-1)?.request.force).toBe(true);
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`field${n}${'x'.repeat(100)}`, n]));
    const [, shortened] = await start({ ...GOOD, ...many });
    expect((shortened['warnings'] as string[]).at(-1)).toBe('10 more fields have none either.'); // a list of texts
    expect(JSON.stringify(shortened['warnings']).length).toBeLessThan(3000);
  });

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.x+json'])(
    'may come as %s',
    async (type) => {
      const response = await served.post('/start', GOOD, { authorization: ALICE, 'content-type': type });
      expect(response.status).toBe(200);
    },
  );
});

describe('a body that is wrong', () => {
  it.each<[unknown, string]>([
    ['null', 'No JSON payload provided for build.'],
    ['{}', 'No source provided for build.'],
    ['[]', 'No source provided for build.'],
    [{ source: 'a', kind: 'go' }, 'No target provided for build.'],
    [{ source: 'a', target: 'alice:a' }, 'No kind provided for build.'],
    ['{"__proto__": {"source": "a", "target": "alice:b", "kind": "go"}}', 'No source provided for build.'],
    ['7', 'The body is not an object.'],
    ['"source target kind"', 'The body is not an object.'],
    ['true', 'The body is not an object.'],
    ['{"source": ', 'The body is not JSON.'],
    ['', 'The body is not JSON.'],
    ['['.repeat(50_000), 'The body is not JSON.'],
    [Buffer.from([0x22, 0xff, 0x22]), 'The body is not JSON.'],
  ])('is refused: %.60j', async (body, message) => {
    expect(await start(body)).toMatchObject([400, { message }]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'is refused as %s',
    async (type) => {
      const asking = (path: string, body: unknown) =>
        served.post(path, body, { authorization: ALICE, 'content-type': type });
      expect((await answerOf(asking, GOOD))[0]).toBe(415);
    },
  );

  it('is refused without a type', async () => {
    const asking = (path: string) =>
      served.ask(path, { method: 'POST', headers: { authorization: ALICE }, body: Buffer.from('{}') });
    expect((await answerOf(asking, GOOD))[0]).toBe(415);
  });

  it('is refused with 20 MB that come in pieces of nobody knows how much', async () => {
    const pieces = (): ReadableStream =>
      new ReadableStream({
        start(stream) {
          for (let n = 0; n < 20; n += 1) stream.enqueue(new Uint8Array(1_000_000).fill(0x20));
          stream.close();
        },
      });
    for (const [authorization, status] of [
      [ALICE, 413],
      ['no:body', 401],
    ] as const) {
      const headers = { authorization, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: pieces(), duplex: 'half' };
      const response = await served.ask('/start', init as RequestInit); // which knows no duplex
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ status: 'ko' });
    }
  });

  it('is refused with 20 MB, and the connection stays good', async () => {
    const file = 'A'.repeat(20_000_000);
    expect((await start({ ...GOOD, file }))[0]).toBe(413);
    expect((await start(GOOD))[0]).toBe(200);
  });
});

describe('a field that is wrong', () => {
  const wrong: [string, unknown][] = [
    ['source', ''],
    ['source', 'a\nRUN rm -rf /'],
    ['source', 'a\r'],
    ['source', 'a b'],
    ['source', '--platform=linux/arm64 a'],
    ['source', 'a AS b'],
    ['source', '"a"'],
    ['source', "'a'"],
    ['source', '../a'],
    ['source', 'team/../a'],
    ['source', '$(id)'],
    ['source', '${SECRET}'],
    ['source', '`id`'],
    ['source', 'a;id'],
    ['source', 'Team/App'],
    ['source', 'https://registry.example.com/a'],
    ['source', 'a:b:c'],
    ['source', 'a@sha256:1234'],
    ['source', 'a'.repeat(2000)],
    ['source', 7],
    ['source', null],
    ['source', ['a']],
    ['source', { image: 'a' }],
    ['target', ''],
    ['target', 'alice'],
    ['target', ':a'],
    ['target', 'alice:'],
    ['target', 'alice:a:b'],
    ['target', 'alice:a b'],
    ['target', 'alice:a\n'],
    ['target', 'alice\n:a'],
    ['target', 'alice:a"b'],
    ['target', "alice:a'b"],
    ['target', 'alice:..'],
    ['target', 'alice:-a'],
    ['target', 'alice:a/b'],
    ['target', 'alice:$(id)'],
    ['target', 'alice:a,push=false'],
    ['target', `alice:${'a'.repeat(129)}`],
    ['target', 'alice:ä'],
    ['target', 'bob:a'],
    ['target', 'Alice:a'],
    ['target', 'alice/b:a'],
    ['target', 'registry.example.com/alice:a'],
    ['target', 'registry.example.com:5000/alice:a'],
    ['target', '../alice:a'],
    ['target', 7],
    ['target', null],
    ['target', ['alice:a']],
    ['kind', ''],
    ['kind', 'cobol'],
    ['kind', 'NodeJS'],
    ['kind', 'constructor'],
    ['kind', '__proto__'],
    ['kind', 'python\n'],
    ['kind', null],
    ['kind', 3],
    ['kind', ['python']],
    ['force', 'true'],
  ];
  it.each(wrong)('is refused before anything is begun: %s %.60j', async (field, value) => {
    const [status, answer] = await start({ ...GOOD, [field]: value });
    expect(status).toBe(400);
    expect(answer.message).toBe(`Invalid ${field} for the build.`);
    expect(answer.detail).toMatch(new RegExp(`^${field}: `));
    expect(answer.detail).not.toMatch(/[\r\n]/);
    expect(answer.detail?.length).toBeLessThan(400);
  });

  it.each<[unknown, number, string]>([
    [null, 400, 'Requirements file must be valid base64-encoded data'],
    [7, 400, 'Requirements file must be valid base64-encoded data'],
    [{}, 400, 'Requirements file must be valid base64-encoded data'],
    ['a', 400, 'Requirements file must be valid base64-encoded data'],
    ['YQ=', 400, 'Requirements file must be valid base64-encoded data'],
    ['Y Q=', 400, 'Requirements file must be valid base64-encoded data'],
    ['YQ==YQ==', 400, 'Requirements file must be valid base64-encoded data'],
    ['_-8=', 400, 'Requirements file must be valid base64-encoded data'],
    ['$(id)', 400, 'Requirements file must be valid base64-encoded data'],
    [base64(Buffer.from([0xff, 0xfe])), 400, 'Requirements file must be valid UTF-8 text'],
    ['A'.repeat(10_000_001), 413, 'Requirements file too large (max 10MB base64-encoded)'],
    [base64('a'.repeat(5_000_001)), 413, 'Decoded requirements file too large (max 5MB)'],
  ])('is refused where the file is %.30j', async (file, status, message) => {
    expect(await start({ ...GOOD, file })).toMatchObject([status, { message }]);
  });

  it('is refused where the file is larger than what builds can take', async () => {
    const file = base64(`{}${' '.repeat(999)}`);
    const rules = { ...GOOD, source: 'team/runtime-go' };
    expect(await answerOf(small.post, { ...rules, file })).toMatchObject([
      413,
      { message: 'Decoded requirements file too large (max 1000 bytes where this server builds)' },
    ]);
    expect((await answerOf(small.post, { ...rules, file: base64(`{}${' '.repeat(998)}`) }))[0]).toBe(200);
  });
});

describe('a source', () => {
  it('is refused where it is as deep as a body can be', async () => {
    const deep = `${'['.repeat(4_000_000)}${']'.repeat(4_000_000)}`;
    const { source: _, ...rest } = GOOD;
    const body = `{"source":${deep},${JSON.stringify(rest).slice(1)}`;
    expect(await answerOf(served.post, body)).toMatchObject([
      400,
      { message: 'Invalid source for the build.', detail: 'source: expected a text, found a list' },
    ]);
  });

  it.each(['team/runtime-nodejs:v20', 'docker.io/team/runtime-go', 'ghcr.io/team/app:any', 'redis:7'])(
    'may be one of the list: %s',
    async (source) => {
      expect((await answerOf(small.post, { ...GOOD, source }))[0]).toBe(200);
      expect(builder.started.at(-1)?.user.sources).toBe('all');
    },
  );

  it.each([
    'redis:8',
    'redis',
    'ghcr.io/team/app2',
    'ghcr.io/other/app',
    'quay.io/team/runtime-go',
    'team/x',
  ])('may be no other: %s', async (source) => {
    expect(await answerOf(small.post, { ...GOOD, source })).toMatchObject([
      400,
      { message: 'Invalid source for the build.' },
    ]);
  });
});

describe('a target of somebody else', () => {
  it('is taken where the operator says so, and the caller stays who they are', async () => {
    expect((await answerOf(lax.post, { ...GOOD, target: 'team:a' }))[0]).toBe(200);
    expect(builder.started.at(-1)?.request).toMatchObject({
      user: 'alice',
      target: { repository: 'team', tag: 'a' },
    });
    for (const target of ['registry.example.com/team:a', 'Team:a', 'te am:a', 'team/../x:a'])
      expect((await answerOf(lax.post, { ...GOOD, target }))[0]).toBe(400);
  });
});

describe('a caller', () => {
  const encoded = base64(ALICE);
  it.each([
    ALICE,
    encoded,
    `Basic ${encoded}`,
    `bASIC ${encoded}`,
    `Basic ${ALICE}`,
    `  ${encoded}  `,
    ALICE.replaceAll('-', '%2D'),
    base64(ALICE.replaceAll('-', '%2D')),
  ])('is known by their token: %.30s', async (authorization) => {
    expect((await served.post('/start', GOOD, { authorization })).status).toBe(200);
  });

  it.each([
    ['', 'Invalid authorization'],
    ['Basic', 'Invalid authorization'],
    ['Basic ', 'Invalid authorization'],
    [`Bearer ${encoded}`, 'Invalid authorization'],
    [`Basic ${encoded} x`, 'Invalid authorization'],
    [`Basic  ${encoded}`, 'Invalid authorization'],
    ['not base64!', 'Invalid authorization'],
    [base64('no colon'), 'Invalid authorization'],
    [base64(`${ALICE}:more`), 'Invalid authorization'],
    [`${ALICE}:more`, 'Invalid authorization'],
    [':', 'Invalid authorization'],
    ['a:', 'Invalid authorization'],
    [':a', 'Invalid authorization'],
    [base64(Buffer.from([0xff, 0x3a, 0xff])), 'Invalid authorization'],
    [`${ALICE}x`, 'Invalid authorization'],
    [BOB.replace('bob', 'alice'), 'Invalid authorization'],
    ['x'.repeat(5000), 'Invalid authorization'],
    ['trouble:whatever', 'Invalid authorization'],
    ['nobody:without-variables', 'User environment not found'],
  ])('is nobody with the token %.30s', async (authorization, message) => {
    const asking = (path: string, body: unknown) => served.post(path, body, { authorization });
    // Before anything of the body is looked at.
    expect(await answerOf(asking, 'not JSON')).toMatchObject([401, { message }]);
  });

  it('is nobody without a token', async () => {
    const asking = (path: string, body: unknown) => served.post(path, body, {});
    expect(await answerOf(asking, GOOD)).toMatchObject([401, { message: 'Missing authorization header' }]);
  });

  it('needs variables of their own only', async () => {
    const asking = (path: string, body: unknown) =>
      served.post(path, body, { authorization: 'set:only-by-the-user' });
    expect((await answerOf(asking, { ...GOOD, target: 'own:a' }))[0]).toBe(200);
  });

  it('is nobody while users cannot be asked for, and the log says why', async () => {
    await served.post('/start', GOOD, { authorization: 'trouble:whatever' });
    expect(served.lines.join('')).toContain('the database of users burns');
  });

  it('has no token in the log', () => {
    for (const part of ALICE.split(':')) expect(served.lines.join('')).not.toContain(part);
  });
});

describe('trouble of the builder', () => {
  it.each<[Error, number, string]>([
    [new BuilderError('LIMIT', 'alice has 100 builds waiting'), 429, 'alice has 100 builds waiting'],
    [new BuilderError('NOT_CONFIGURED', 'Secret x is not configured!'), 500, 'Secret x is not configured!'],
    [new BuilderError('INVALID', 'that is wrong'), 400, 'that is wrong'],
    [new BuilderError('UNAVAILABLE', 'the database is away'), 503, 'Build process failed.'],
    [new Error('a secret'), 500, 'Build process failed.'],
  ])('is told as %s', async (failure, status, message) => {
    builder.failure = failure;
    const [found, answer] = await start(GOOD);
    expect([found, answer.message]).toEqual([status, message]);
    expect(JSON.stringify(answer)).not.toContain('a secret');
  });
});

it('lets nothing through that could be more than a name', async () => {
  const nasty = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc
      .array(
        fc.constantFrom('alice', ':', '\n', '"', "'", '$(id)', '`', ' ', '/', '..', 'a', '\\', ';', '&', '@'),
      )
      .map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(nasty, nasty, async (source, tag) => {
      const before = builder.started.length;
      await served.post('/start', { ...GOOD, source, target: `alice:${tag}` });
      await served.post('/start', { ...GOOD, source });
      await lax.post('/start', { ...GOOD, target: tag });
      for (const { request } of builder.started.slice(before)) {
        expect(request.source).toMatch(/^[A-Za-z0-9][\w.:/@[\]-]*$/);
        expect(request.target.repository).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
        expect(request.target.tag).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
      }
    }),
    { numRuns: 60 },
  );
});

it('is refused with line and column where no tool of the kind could take the file', async () => {
  const file = base64('{\n  "dependencies": ["lodash"]\n}');
  const answer = await answerOf(served.post, { ...GOOD, kind: 'nodejs', file });
  expect(answer).toMatchObject([400, { status: 'ko', message: 'Invalid requirements file for the build.' }]);
  expect(JSON.stringify(answer)).toContain('package.json:2:19: \\"dependencies\\" should be an object');
});
