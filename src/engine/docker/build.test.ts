import { describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { packTar } from '../contract/tar.ts';
import type { EngineErrorCode } from '../error.ts';
import { openAnsweringEngine } from './testing/answering-engine.ts';

const context = () => packTar([{ name: 'Dockerfile', content: 'FROM x' }]);
const FROM = '{"stream":"Step 1/2 : FROM x:1"}\n';
const RUN = '{"stream":"Step 2/2 : RUN make"}\n';

describe('building', () => {
  it('asks as the Engine API wants it', async () => {
    const { engine, requests } = await openAnsweringEngine('{"aux":{"ID":"sha256:1"}}\n');
    await engine.buildImage(context(), {
      references: ['a/b:1', 'c:2'],
      dockerfile: 'sub/Other file',
      buildArgs: { A: 'x y', B: null },
      labels: { l: 'm' },
      noCache: true,
      squash: true,
      network: 'net',
      pull: true,
      credentials: { 'r.example': { username: 'jäne', password: '>>>???~' } },
    });
    const { line = '', headers } = requests.find((request) => request.line.startsWith('POST /build')) ?? {};
    const { searchParams } = new URL(line.split(' ')[1] ?? '', 'http://engine');
    expect(searchParams.getAll('t')).toEqual(['a/b:1', 'c:2']);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      dockerfile: 'sub/Other file',
      buildargs: '{"A":"x y","B":null}',
      labels: '{"l":"m"}',
      nocache: '1',
      squash: '1',
      networkmode: 'net',
      pull: '1',
      rm: '1',
      forcerm: '1',
    });
    const config = headers?.get('x-registry-config') ?? '';
    expect(config).toMatch(/^[\w-]+=*$/);
    expect(config.length % 4).toBe(0);
    expect(JSON.parse(Buffer.from(config, 'base64url').toString())).toEqual({
      'r.example': { username: 'jäne', password: '>>>???~' },
    });
  });

  it('leaves containers of instructions behind when told so', async () => {
    const { engine, requests } = await openAnsweringEngine('{"aux":{"ID":"sha256:1"}}\n');
    await engine.buildImage(context(), { references: ['a:1'], keepIntermediate: true });
    expect(requests[0]?.line).toContain('rm=0&forcerm=0');
  });

  it.each<[line: string, code: EngineErrorCode, message: string]>([
    [
      `${FROM}{"error":"pull access denied for x, repository does not exist"}`,
      'IMAGE_NOT_FOUND',
      'at FROM x:1 (step 1 of 2): pull access denied',
    ],
    [`${FROM}{"error":"unauthorized: who are you"}`, 'UNAUTHORIZED', 'at FROM x:1'],
    [`${FROM}{"error":"Get \\"https://r\\": i/o timeout"}`, 'REGISTRY', 'at FROM x:1'],
    [
      `${FROM}${RUN}{"errorDetail":{"code":2,"message":"returned a non-zero code: 2"},"error":"returned…"}`,
      'BUILD_FAILED',
      'at RUN make (step 2 of 2): its command ended with exit code 2',
    ],
    [`${FROM}${RUN}{"error":"write /x: no space left on device"}`, 'NO_SPACE', 'free some disk space'],
    [`${FROM}${RUN}{"error":"network n not found"}`, 'NOT_FOUND', 'network n not found'],
    [`${FROM}{"stream":"done\\n"}`, 'PROTOCOL', 'does not say what it built'],
    [`${FROM}nonsense`, 'PROTOCOL', 'is not JSON'],
    ['{"aux":7}', 'PROTOCOL', 'an object belongs'],
    ['{"aux":{"ID":7}}', 'PROTOCOL', '.aux.ID'],
    ['{"stream":[]}', 'PROTOCOL', '.stream'],
    ['{"error":"no","errorDetail":{"code":"x"}}', 'PROTOCOL', '.errorDetail.code'],
  ])('knows the trouble in the stream: %s', async (line, code, message) => {
    const { engine } = await openAnsweringEngine(line);
    const building = engine.buildImage(context(), { references: ['a:1'] });
    expect((await expectFailure(building, code)).message).toContain(message);
  });

  it('keeps passwords out of what a registry repeats', async () => {
    const { engine } = await openAnsweringEngine(`${FROM}{"error":"denied: jane with hunter2"}`);
    const credentials = { r: { username: 'jane', password: 'hunter2' } };
    const building = engine.buildImage(context(), { references: ['a:1'], credentials });
    const error = await expectFailure(building, 'UNAUTHORIZED');
    expect(error.message).toContain('jane with ***');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });

  it('passes on what its listener throws', async () => {
    const { engine } = await openAnsweringEngine(`${FROM}${RUN}{"aux":{"ID":"sha256:1"}}`);
    const onOutput = () => {
      throw new Error('the pipe is closed');
    };
    const building = engine.buildImage(context(), { references: ['a:1'], onOutput });
    await expect(building).rejects.toThrow('the pipe is closed');
  });
});
