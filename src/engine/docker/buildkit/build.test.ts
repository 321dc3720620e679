import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure } from '../../contract/failure.ts';
import { packTar } from '../../contract/tar.ts';
import type { BuildOptions, Engine } from '../../engine.ts';
import type { EngineErrorCode } from '../../error.ts';
import { openDockerEngine } from '../index.ts';
import { openHostileEngine } from '../testing/hostile-engine.ts';

const IMAGE = 'localhost/slipway-busybox:1';

/** An engine that answers builds with these lines. */
async function openBuildingEngine(...lines: string[]) {
  return await openHostileEngine(({ line, socket }) => {
    if (line.startsWith('POST /build?')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    const body = line.startsWith('POST /build?') ? lines.map((text) => `${text}\n`).join('') : '';
    const server = 'server: Docker/28.0.0 (linux)';
    socket.write(`HTTP/1.1 200 OK\r\n${server}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}

const build = async (engine: Engine, options: Partial<BuildOptions> = {}, lines = ['FROM x']) =>
  await engine.buildImage(packTar([{ name: 'Dockerfile', content: lines.join('\n') }]), {
    references: ['localhost/slipway-buildkit-test:1'],
    builder: 'buildkit',
    ...options,
  });

interface Vertex {
  readonly digest?: string;
  readonly name?: string;
  readonly error?: string;
  readonly isCached?: boolean;
  readonly startedAt?: number;
  readonly completedAt?: number;
}

const time = (seconds: number): Uint8Array =>
  new BinaryWriter().tag(1, 0).int64(seconds).tag(2, 0).int32(500_000_000).finish();

function vertex({ digest = 'd', name = '', error, isCached, startedAt, completedAt }: Vertex): Uint8Array {
  const writer = new BinaryWriter().tag(1, 2).string(digest).tag(3, 2).string(name);
  if (isCached) writer.tag(4, 0).bool(true);
  if (startedAt !== undefined) writer.tag(5, 2).bytes(time(startedAt));
  if (completedAt !== undefined) writer.tag(6, 2).bytes(time(completedAt));
  if (error !== undefined) writer.tag(7, 2).string(error);
  return writer.finish();
}

const log = (digest: string, at: number, bytes: Uint8Array): Uint8Array =>
  new BinaryWriter().tag(1, 2).string(digest).tag(2, 2).bytes(time(at)).tag(4, 2).bytes(bytes).finish();

/** A line of the answer with one message: field 1 are vertexes, 3 logs. */
function trace(...parts: readonly [field: number, bytes: Uint8Array][]): string {
  const writer = new BinaryWriter();
  for (const [field, bytes] of parts) writer.tag(field, 2).bytes(bytes);
  return traceOf(writer.finish());
}

const traceOf = (bytes: Uint8Array): string =>
  JSON.stringify({ id: 'moby.buildkit.trace', aux: Buffer.from(bytes).toString('base64') });

const IMAGE_ID = '{"id":"moby.image.id","aux":{"ID":"sha256:1"}}';
const trouble = (message: string): string => JSON.stringify({ errorDetail: { message }, error: message });

describe('building with BuildKit', () => {
  it('asks as the Engine API wants it, and ends what has the same id first', async () => {
    const { engine, requests } = await openBuildingEngine(IMAGE_ID);
    expect(
      await build(engine, {
        id: 'b 1',
        labels: { l: 'm' },
        noCache: true,
        network: 'none',
        references: ['a:1'],
      }),
    ).toBe('sha256:1');
    const [ping, cancel, asked] = requests.map(({ line }) => line.split(' ')[1]);
    expect([ping, cancel]).toEqual(['/_ping', '/build/cancel?id=b%201']);
    expect(Object.fromEntries(new URL(asked ?? '', 'http://e').searchParams)).toEqual({
      version: '2',
      buildid: 'b 1',
      t: 'a:1',
      labels: '{"l":"m"}',
      nocache: '1',
      networkmode: 'none',
    });
  });

  it('says so where the engine opens no session for a tunnel', async () => {
    const { engine } = await openHostileEngine(({ line, socket }) => {
      const head = line.startsWith('POST /session')
        ? '404 Not Found'
        : '200 OK\r\nserver: Docker/28.0.0 (linux)';
      socket.write(`HTTP/1.1 ${head}\r\ncontent-length: 2\r\n\r\n{}`);
    });
    await expectFailure(build(engine, { tunnel: { onConnection: () => undefined } }), 'FAILED');
  });

  it('prints steps as they begin and end, and whole lines of what they print', async () => {
    const [first, second] = [
      { digest: 'a', name: '[1/2] FROM x' },
      { digest: 'b', name: '[2/2]  RUN\nmake' },
    ];
    const snow = Buffer.from('☃ melts');
    const { engine } = await openBuildingEngine(
      trace([1, vertex(first)]),
      trace([1, vertex({ ...first, startedAt: 10, completedAt: 10, isCached: true })]),
      trace([1, vertex({ ...second, startedAt: 11 })], [3, log('b', 11, Buffer.from('one\ntwo\npar'))]),
      trace([3, log('b', 12, Buffer.from('t\n'))], [3, log('b', 12, snow.subarray(0, 2))]),
      trace([3, log('b', 12, snow.subarray(2))], [3, log('nobody', 12, snow)]),
      trace([1, vertex({ ...second, startedAt: 11, completedAt: 14 })]),
      trace([1, vertex({ ...second, startedAt: 11, completedAt: 14 })]),
      IMAGE_ID,
    );
    let printed = '';
    await build(engine, {
      onOutput: (text) => {
        printed += text;
      },
    });
    expect(printed.split('\n')).toEqual([
      '#1 [1/2] FROM x',
      '#1 CACHED',
      '#2 [2/2] RUN make',
      '#2 0.000 one',
      '#2 0.000 two',
      '#2 0.000 part',
      '#2 1.000 ☃ melts',
      '#2 DONE 3.0s',
      '',
    ]);
  });

  const from = trace([1, vertex({ name: '[internal] load metadata for r.example/x:1', error: 'no' })]);
  const run = trace([1, vertex({ name: '[stage-0 2/3] RUN make', error: 'no' })]);
  it.each<[code: EngineErrorCode, message: string, lines: string[]]>([
    [
      'BUILD_FAILED',
      'at RUN make (step 2 of 3): its command ended with exit code 7',
      [
        run,
        trace([1, vertex({ name: '[2/2] COPY a b', error: 'context canceled' })]),
        trouble('failed to solve: process "make" did not complete successfully: exit code: 7'),
      ],
    ],
    ['NO_SPACE', 'free some disk space', [run, trouble('write /x: no space left on device')]],
    ['UNAUTHORIZED', 'at FROM r.example/x:1', [from, trouble('failed to authorize: 401 Unauthorized')]],
    ['IMAGE_NOT_FOUND', 'at FROM r.example/x:1', [from, trouble('r.example/x:1: not found')]],
    [
      'BUILD_FAILED',
      'unknown instruction: FLY',
      [trouble('dockerfile parse error line 2: unknown instruction: FLY')],
    ],
    ['FAILED', 'context canceled', [trouble('context canceled')]],
    ['INVALID', 'the engine has no BuildKit', ['{"stream":"Step 1/2 : FROM x"}', IMAGE_ID]],
    ['PROTOCOL', 'does not say what it built', [trace()]],
    ['PROTOCOL', 'cannot be read', [traceOf(Buffer.from('0aff', 'hex'))]],
    ['PROTOCOL', 'cannot be read', [traceOf(Buffer.from('0bffffffffffffffffffff', 'hex'))]],
    ['PROTOCOL', 'cannot be read', [traceOf(Buffer.from('00', 'hex'))]],
    ['PROTOCOL', 'cannot be read', [traceOf(Buffer.from('0b'.repeat(1000), 'hex'))]],
    ['PROTOCOL', '.aux', ['{"id":"moby.buildkit.trace","aux":7}']],
    ['PROTOCOL', '.aux.ID', ['{"id":"moby.image.id","aux":{"ID":[]}}']],
  ])('is %s: %s', async (code, message, lines) => {
    const { engine } = await openBuildingEngine(...lines);
    expect((await expectFailure(build(engine), code)).message).toContain(message);
  });

  it('keeps a bound on what the engine may tell of', async () => {
    const many = (offset: number) =>
      trace(
        ...Array.from({ length: 5001 }, (_, index): [number, Uint8Array] => [
          1,
          vertex({ digest: `${offset + index}`, startedAt: 1 }),
        ]),
      );
    const { engine } = await openBuildingEngine(many(0), many(6000), IMAGE_ID);
    expect((await expectFailure(build(engine), 'PROTOCOL')).message).toContain('more than 10000 steps');
  });

  it('does not build with Podman, which would take the classic builder without a word', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nserver: Libpod/5.0.0 (linux)\r\ncontent-length: 0\r\n\r\n');
    });
    expect((await expectFailure(build(engine), 'INVALID')).message).toContain('Podman has no BuildKit');
  });

  it('ends the instruction that runs when its signal aborts', async () => {
    await using engine = await openDockerEngine({ environment: process.env });
    // A duration that nothing else on this machine waits for.
    const seconds = String(100_000 + Math.floor(Math.random() * 800_000));
    const isRunning = () => processes().includes(`sleep ${seconds}`);
    onTestFinished(() => expect(isRunning()).toBe(false));
    const controller = new AbortController();
    const building = build(
      engine,
      {
        id: randomUUID(),
        signal: controller.signal,
        onOutput: (text) => {
          if (!text.includes('begun 2')) return;
          expect(isRunning()).toBe(true);
          controller.abort();
        },
      },
      [`FROM ${IMAGE}`, `RUN sleep ${seconds} & echo "begun $((1 + 1))"; wait`],
    );
    await expectFailure(building, 'ABORTED');
    await expect.poll(isRunning, { timeout: 20_000 }).toBe(false);
  });
});

const processes = (): string => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
