import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { createByteSource } from '../../wire/byte-source.ts';
import { encodeMessage } from '../../wire/encode-message.ts';
import type { Message } from '../../wire/message.ts';
import { expectMessage } from '../../wire/message-reader.ts';

/**
 * Receivers that do what none ought to, in place of what ssh reaches: `node hostile-receiver.ts BEHAVIOUR …`. The names say
 * what they do.
 */
const source = createByteSource(process.stdin);
const FOREVER_MS = 120_000; // nobody has to end what a test left
const TAKEN_BYTES = 100_000; // of a tar, before something happens

const send = (message: Message): void => void process.stdout.write(encodeMessage(message));
const complain = (text: string): void => void process.stderr.write(text);
const forever = (): Promise<void> => wait(FOREVER_MS);

async function greet(slipway?: number): Promise<void> {
  await expectMessage(source, 'info');
  send({ type: 'info', mode: 1, refs: new Map(), ...(slipway !== undefined && { slipway }) });
}

async function acceptUpdate(slipway?: number): Promise<void> {
  await greet(slipway);
  await expectMessage(source, 'update');
  send({ type: 'status', result: true, message: '' });
}

async function takeSome(): Promise<void> {
  await expectMessage(source, 'putobjects');
  await source.skip(TAKEN_BYTES);
}

/** Until nothing has come for so long. */
async function takeAll(silenceMs: number): Promise<void> {
  while ((await source.wait(silenceMs)) === 'bytes') source.take(source.available);
}

async function takeOffers(): Promise<void> {
  for (;;) if ((await expectMessage(source, 'offer')).entries.length === 0) return;
}

const BEHAVIOURS: Readonly<Record<string, () => Promise<unknown>>> = {
  'answers nothing': forever,
  async 'ends at once'() {
    complain('the disk is on fire\n');
    process.exitCode = 3;
  },
  async 'prints a greeting'() {
    process.stdout.write('Welcome to the machine!\n');
    await forever();
  },
  async 'announces more than it sends'() {
    await expectMessage(source, 'info');
    process.stdout.write(Buffer.from([0x6c, 1, 0, 0xff, 0xff, 0]));
  },
  async 'has another mode'() {
    await expectMessage(source, 'info');
    send({ type: 'info', mode: 3, refs: new Map() });
    await forever();
  },
  async 'sends a type that there is not'() {
    await expectMessage(source, 'info');
    process.stdout.write(Buffer.from([0x6c, 1, 9, 0, 0]));
    await forever();
  },
  async 'refuses the update'() {
    await greet();
    await expectMessage(source, 'update');
    send({ type: 'status', result: false, message: 'not on my\u001b[2J watch' });
    await expectMessage(source, 'done');
  },
  async 'refuses in the middle'() {
    await acceptUpdate();
    await takeSome();
    send({ type: 'status', result: false, message: 'no room left' });
    process.exitCode = 1;
  },
  async 'ends in the middle'() {
    await acceptUpdate();
    await takeSome();
    complain('Killed\n');
    process.exitCode = 137;
  },
  async 'takes nothing more'() {
    await acceptUpdate();
    await takeSome();
    process.stdin.pause();
    await forever();
  },
  async 'says done before it has everything'() {
    await acceptUpdate();
    await takeSome();
    send({ type: 'done' });
    await forever();
  },
  async 'never says done'() {
    await acceptUpdate();
    await expectMessage(source, 'putobjects');
    await takeAll(FOREVER_MS);
  },
  async 'ends well without a done'() {
    await acceptUpdate();
    await expectMessage(source, 'putobjects');
    await takeAll(500);
  },
  async 'floods standard error'() {
    const line = `${'noise '.repeat(100)}\u001b]0;title\u0007\n`;
    for (let i = 0; i < 2000; i += 1) if (!process.stderr.write(line)) await once(process.stderr, 'drain');
    complain('the last word\n');
    process.exitCode = 1;
  },
  async 'wants more than is offered'() {
    await acceptUpdate(1);
    await takeOffers();
    send({ type: 'want', bits: Buffer.alloc(60_000, 0xff) });
    await forever();
  },
  async 'wants too little'() {
    await acceptUpdate(1);
    await takeOffers();
    send({ type: 'want', bits: Buffer.alloc(0) });
    await forever();
  },
};

const behaviour = BEHAVIOURS[process.argv[2] ?? ''];
if (import.meta.main) {
  if (behaviour === undefined) throw new Error(`no receiver that ${process.argv[2]}`);
  await behaviour();
  process.stdin.destroy();
}
