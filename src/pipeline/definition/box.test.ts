import { describe, expect, test } from 'vitest';
import type { BoxSpec } from '../definition.ts';
import { parseDefinition } from './parse-definition.ts';

function readAll(services: string) {
  const text = `box: x\nservices:\n${services.replaceAll(/^/gm, '  ')}\nbuild: {}\n`;
  const { definition, diagnostics } = parseDefinition(text, { file: 'wercker.yml' });
  return { boxes: definition?.services ?? [], diagnostics };
}

/** One service without mistakes, without its place. */
function read(service: string): Omit<BoxSpec, 'range'> | undefined {
  const { boxes, diagnostics } = readAll(`- ${service}`);
  expect(diagnostics).toEqual([]);
  const [box] = boxes;
  if (box === undefined) return undefined;
  const { range: _, ...rest } = box;
  return rest;
}

const NOTHING = { env: new Map(), ports: [], volumes: [], credentials: {} };

describe('a box', () => {
  test('may be an image name alone', () => {
    expect(read('localhost:5000/x:1')).toEqual({
      ...NOTHING,
      id: 'localhost:5000/x:1',
      repository: 'localhost:5000/x',
      tag: '1',
    });
  });

  test('may have every key', () => {
    expect(
      read(`
  id: team/app:1
  tag: 2.10
  name: app
  cmd: sh -c "echo 'a b'"
  entrypoint: /bin/tini --
  user: 1000:1000
  url: file://../app#build
  volumes: /data, /a:/b
  ports: [8080, "53/udp"]
  env:
    lower_case: 1.50
    Flag: yes
    empty:
`),
    ).toEqual({
      id: 'team/app:1',
      repository: 'team/app',
      tag: '2.10',
      name: 'app',
      cmd: ['sh', '-c', "echo 'a b'"],
      entrypoint: ['/bin/tini', '--'],
      user: '1000:1000',
      url: 'file://../app#build',
      volumes: [
        { host: '/data', guest: '/data' },
        { host: '/a', guest: '/b' },
      ],
      ports: [
        { hostPort: 8080, containerPort: 8080, protocol: 'tcp' },
        { hostPort: 53, containerPort: 53, protocol: 'udp' },
      ],
      env: new Map([
        ['LOWER_CASE', '1.50'],
        ['FLAG', 'yes'],
        ['EMPTY', ''],
      ]),
      credentials: {},
    });
  });

  test('may carry credentials of its registry, of AWS and of Azure', () => {
    const text =
      '{id: x, username: u, password: 0123, registry: r, aws-access-key: a, aws-strict-auth: on, azure-client-id: c}';
    expect(read(text)?.credentials).toEqual({
      username: 'u',
      password: '0123',
      registry: 'r',
      aws: { accessKey: 'a', strictAuth: true },
      azure: { clientId: 'c' },
    });
  });

  test('of another folder needs no image', () => {
    expect(read('{url: "file://../api#build"}')).toMatchObject({
      url: 'file://../api#build',
      repository: 'api',
    });
    expect(read('{url: "file://../api#build", name: backend}')).toMatchObject({ repository: 'backend' });
  });

  test('ignores empty values', () => {
    expect(read('{id: x, tag: , cmd: "", env: , ports: , volumes: , name: }')).toEqual({
      ...NOTHING,
      id: 'x',
      repository: 'x',
    });
  });

  test('keeps the rest where a field has the wrong type, and warns of each', () => {
    const { boxes, diagnostics } = readAll(
      '- {id: x, ports: 80, env: [a], volumes: [a], cmd: [a], name: [a], colour: red, tag: 1}',
    );
    expect(boxes).toMatchObject([{ repository: 'x', tag: '1', ports: [], volumes: [] }]);
    expect(diagnostics.map(({ severity }) => severity)).toEqual(Array(6).fill('warning'));
  });

  test('ignores what stands after a second colon, with a warning', () => {
    const { boxes, diagnostics } = readAll('- ruby:2.4:slim');
    expect(boxes).toMatchObject([{ repository: 'ruby', tag: '2.4' }]);
    expect(diagnostics).toMatchObject([{ severity: 'warning', message: '":slim" after the tag is ignored' }]);
  });

  test.each(['{name: x}', '{id: ""}', '""', '[x]', '', '{id: x, tag: "a b"}', '{id: x, cmd: "a \'b"}'])(
    'is an error without a usable image or command: %s',
    (text) => {
      expect(readAll(`- ${text}`).diagnostics).toMatchObject([{ severity: 'error' }]);
    },
  );
});
