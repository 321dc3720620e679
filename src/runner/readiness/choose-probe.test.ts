import { describe, expect, it } from 'vitest';
import { chooseProbe, describeProbe } from './choose-probe.ts';

const image = (exposedPorts: readonly string[], healthCheck?: readonly string[]) => ({
  exposedPorts,
  ...(healthCheck && { healthCheck }),
});
const udp = { hostPort: 53, containerPort: 53, protocol: 'udp' } as const;
const tcp = { hostPort: 9000, containerPort: 90, protocol: 'tcp' } as const;
const NOTHING = { image: image([]), ports: [] };

describe('what is asked of a service', () => {
  it('is what the file says, whatever the image says', () => {
    const service = { image: image(['80/tcp'], ['CMD', 'true']), ports: [tcp] };
    const ready = { probe: { kind: 'tcp', ports: [1] }, timeoutSeconds: 2.5 } as const;
    expect(chooseProbe({ ...service, ready })).toEqual({
      kind: 'tcp',
      ports: [1],
      named: true,
      timeoutMs: 2500,
    });
    expect(chooseProbe({ ...service, ready: { probe: { kind: 'none' } } })).toBeUndefined();
  });

  it("is the image's health check before its ports", () => {
    expect(chooseProbe({ image: image(['80/tcp'], ['CMD', 'ok', '-v']), ports: [] })).toEqual({
      kind: 'command',
      command: ['ok', '-v'],
      from: 'image',
      timeoutMs: 60_000,
    });
    expect(chooseProbe({ image: image([], ['CMD-SHELL', 'ok || exit 1']), ports: [] })).toMatchObject({
      command: ['/bin/sh', '-c', 'ok || exit 1'],
    });
  });

  it('is the TCP ports of image and file, each once', () => {
    const service = { image: image(['443/tcp', '90/tcp', '53/udp']), ports: [tcp, udp] };
    const ready = { probe: { kind: 'image' }, timeoutSeconds: 5 } as const;
    expect(chooseProbe({ ...service, ready })).toEqual({
      kind: 'tcp',
      ports: [90, 443],
      named: false,
      timeoutMs: 5000,
    });
  });

  it.each([
    [NOTHING],
    [{ image: image(['53/udp']), ports: [udp] }],
    [{ image: image([], ['CMD']), ports: [] }],
  ])('is nothing where nothing is known: %j', (service) => {
    expect(chooseProbe(service)).toBeUndefined();
  });

  it.each([
    [{ kind: 'tcp', ports: [1, 2, 3] }, 'TCP ports 1, 2 and 3'],
    [{ kind: 'http', path: '/x', port: 80 }, 'HTTP GET /x on port 80'],
    [{ kind: 'command', command: 'a b' }, 'the command "a b"'],
    [{ kind: 'command', command: ['a', 'b c'] }, 'the command "a b c"'],
    [{ kind: 'log', text: 'up' }, 'the text "up" in its output'],
  ] as const)('is said in words: %j', (probe, words) => {
    const chosen = chooseProbe({ ...NOTHING, ready: { probe } });
    expect(chosen && describeProbe(chosen)).toBe(words);
  });
});
