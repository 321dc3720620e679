import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packItems } from '../../archive/index.ts';
import { expectReason, useContractRig } from '../contract/rig.ts';
import { BASE } from '../contract.ts';
import { createRecipe } from '../kinds/index.ts';
import { ASK_AROUND } from './testing/ask-around.ts';
import { type DockerRig, openDockerRig } from './testing/rig.ts';

/** A service of this machine; resolves with its port. */
async function listen(address: string, answer = 'the secret of the host\n'): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.end(answer);
  });
  onTestFinished(() => void server.close());
  server.listen(0, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // it listens on a port
}

describe('hostile requirements on a Docker engine', () => {
  let own: DockerRig | undefined;
  const rig = useContractRig(async () => {
    own = await openDockerRig();
    return own;
  });
  const docker = (): DockerRig => {
    if (!own) throw new Error('the rig is used before it is open');
    return own;
  };
  const say = (address: string, port: number) =>
    `nc -w 3 ${address} ${port} < /dev/null; echo "ended-$((40 + 2))"`;

  it('may print a hundred megabytes, of which little comes', async () => {
    let bytes = 0;
    const work = await rig.work(
      'yes "a line of text that says nothing" | head -c 100000000; echo "end-$((40 + 2))" > /end',
    );
    const progress = {
      async write(text: string) {
        bytes += text.length;
      },
      phase: () => undefined,
    };
    const { digest } = await rig.backend.build(work, progress, new AbortController().signal);
    expect(await rig.pushed(work)).toBe(digest);
    expect(bytes).toBeLessThan(8_000_000);
  });

  it('do not reach what listens on the loopback interface of the host', async () => {
    const port = await listen('127.0.0.1');
    const { gateway = '' } = (await docker().engine.inspectNetwork('bridge')) ?? {};
    const { outcome, text } = rig.build(
      await rig.work(
        `${say('127.0.0.1', port)}; ${say(gateway, port)}; nc -w 3 ${rig.parts.registry.host.replace(':', ' ')} </dev/null; true`,
      ),
    );
    await outcome;
    expect(text().match(/ended-42/g)).toHaveLength(2);
    expect(text()).not.toContain('the secret of the host');
  });

  it('reach what listens on the bridge, unless builds have no network', async () => {
    const { gateway = '' } = (await docker().engine.inspectNetwork('bridge')) ?? {};
    const port = await listen(gateway);
    const open = rig.build(await rig.work(`${say(gateway, port)} # open`));
    await open.outcome;
    expect(open.text()).toContain('the secret of the host');
    const closed = rig.build(await rig.work(`${say(gateway, port)} # closed`), {
      backend: docker().openWith({ network: 'none' }),
    });
    await closed.outcome;
    expect(closed.text()).toContain('ended-42');
    expect(closed.text()).not.toContain('the secret of the host');
  });

  it('reach only what is listed where they go by the server, and the log tells of the rest', async () => {
    const { engine, host } = docker();
    const { gateway = '' } = (await engine.inspectNetwork('bridge')) ?? {};
    const service = await listen(gateway);
    const port = await listen('127.0.0.1', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na package');
    const base = `localhost/slipway-reach-base:${host.replace(/\D+/g, '-')}`;
    const instructions = ['USER root', `LABEL slipway.test.registry=${host}`, BASE.instructions[0]];
    const content = ['FROM localhost/slipway-node:24', ...instructions].join('\n');
    const dockerfile = packItems([{ type: 'file', name: 'Dockerfile', content }]);
    await engine.buildImage(dockerfile, { builder: 'buildkit', references: [base] });

    const plain = await rig.work(undefined);
    const source = await rig.pinned(base, plain);
    const file = `cat > /tmp/ask.js <<'END'\n${ASK_AROUND}\nEND\nnode /tmp/ask.js ${port} ${gateway} ${service}`;
    const recipe = createRecipe({ tenantKey: rig.tenantKey, isTunnelled: true });
    const context = recipe.writeContext({ user: 'alice', kind: 'python', source, file });
    const backend = docker().openWith({ network: 'proxy', reach: [`127.0.0.1:${port}`] });
    const { outcome, text } = rig.build({ ...plain, source, context }, { backend });
    await outcome;
    expect(text()).toContain('interfaces: lo\n');
    expect(text()).toContain(`direct ${gateway}: ENETUNREACH`);
    expect(text()).toContain('direct 169.254.169.254: ENETUNREACH');
    expect(text()).toContain(`proxied 127.0.0.1:${port}: 200 a package`);
    expect(text()).toContain('proxied 169.254.169.254: 403 This build may not reach');
    expect(text()).toContain(`\nThis build may not reach ${gateway}:${service}: it is none of what`);
    expect(text()).not.toContain('the secret of the host');
  });

  it('are no way into the caches of others, though a source has instructions of its own', async () => {
    const word = `what-alice-keeps-${randomUUID()}`; // caches stay on the engine, also those of earlier versions
    const alices = await rig.work(`touch /dev/slipway/cache/${word}`);
    const { digest } = await rig.build(alices).outcome;
    const [, cache = 'none'] = /,id=([^,]+),/.exec(alices.context.dockerfile) ?? [];
    const { engine, host } = docker();
    const { registry } = rig.parts;
    const manifest = JSON.parse((await registry.manifest('alice', digest))?.bytes.toString() ?? '');
    const config = Buffer.concat(await Array.fromAsync(registry.readBlob('alice', manifest.config)));
    expect(config.toString()).toContain('slipway-extend.sh');
    expect(config.toString()).not.toContain(cache);

    const owner = createHash('sha256').update('alice').digest('hex').slice(0, 32);
    const trigger = `ONBUILD RUN --mount=type=cache,id=slipway-python-${owner},target=/stolen ls -a /stolen; echo "ended-$((40 + 2))"`;
    const dockerfile = `FROM ${rig.parts.base}\n${trigger}\n`;
    const hostile = `localhost/slipway-hostile:${host.replace(/\D+/g, '-')}`;
    const context = packItems([{ type: 'file', name: 'Dockerfile', content: dockerfile }]);
    await engine.buildImage(context, { builder: 'buildkit', references: [hostile] });
    const { destination } = alices;
    const source = await rig.pinned(hostile, { destination });
    const { outcome, text } = rig.build(await rig.work('true # hostile', { user: 'bob', source }));
    await outcome;
    expect(text()).toMatch(/ended-42/);
    expect(text()).not.toContain(word);
  });

  it('have no rights on the host: no devices, no mounts, no modules', async () => {
    const looks = [
      'ls /dev/sd* /dev/vd* /dev/nvme* /dev/mem 2>/dev/null',
      'mount -t tmpfs tmpfs /mnt 2>/dev/null && echo mounted',
      'echo 1 2>/dev/null > /proc/sys/kernel/core_pattern && echo "wrote"',
      'grep CapEff /proc/self/status',
      'true',
    ];
    const { outcome, text } = rig.build(await rig.work(looks.join('; ')));
    await outcome;
    const lines = text()
      .replaceAll(/^#\d+ [\d.]+ /gm, '')
      .split('\n');
    expect(lines.filter((line) => /^(?:mounted|wrote|\/dev\/)/.test(line))).toEqual([]);
    const SYS_ADMIN = 1n << 21n;
    const capabilities = /CapEff:\s+([0-9a-f]+)/.exec(text())?.[1] ?? 'f'.repeat(16);
    expect(BigInt(`0x${capabilities}`) & SYS_ADMIN).toBe(0n);
  });

  it.each(['slipway.invalid/image:1', 'slipway.invalid/build:1'])(
    'are not built on what the engine keeps for others: %s',
    async (source) => {
      const destination = await rig.backend.destination({}, 'mallory');
      const signal = new AbortController().signal;
      const digest = rig.backend.sourceDigest(source, { destination, fresh: false, signal });
      await expectReason(digest, 'source-refused');
    },
  );

  it('are not built on an image of another user by its id or digest, nor on one that another user could fetch', async () => {
    const { engine } = docker();
    const alices = await rig.work('echo private > /private', { user: 'alice' });
    const { digest } = await rig.build(alices).outcome;
    const kept = (await engine.listImages({ label: 'slipway.test=contract' })).map(({ id }) => id);
    const { pushHost } = alices.destination;
    const { credentials: _, ...stranger } = { ...alices.destination };
    for (const source of [...kept.map((id) => `anything@${id}`), `${pushHost}/alice@${digest}`]) {
      const work = await rig.work('cat /private', { user: 'mallory', source, destination: stranger });
      await expect(rig.build(work).outcome).rejects.toMatchObject({
        reason: expect.stringMatching(/^(?:source|registry)-/),
      });
    }
  });
});
