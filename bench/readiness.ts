import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { BUSYBOX, median, ms, PROGRAM, pipelineOf, project, type Row } from './measure.ts';

const DEBIAN = 'localhost/slipway-debian:12';
const PORT = 8080;
const docker = async (...words: string[]): Promise<string> =>
  (await promisify(execFile)('docker', words)).stdout.trim();

/**
 * A service that opens its port a second after `event` (Perl, true when it has happened), and tells everybody who connects
 * when that was, in seconds since the epoch. Not after its own start: it would be ready before the box is, and its name
 * is known long before the box's shell answers.
 */
const late = (event: string): string =>
  [
    `sleep 0.01 until ${event};`,
    'sleep 1;',
    `my $listener = IO::Socket::INET->new(Listen => 5, LocalPort => ${PORT}, ReuseAddr => 1) or die;`,
    'my $opened = time;',
    'while (my $other = $listener->accept) { print $other "$opened\\n"; close $other }',
  ].join(' ');

const PERL = ['perl', '-MTime::HiRes=time,sleep', '-MIO::Socket::INET', '-e'];

/** What the step asks the service for; both shells of the boxes have a way. */
const ASK = `if [ -n "$BASH_VERSION" ]; then cat </dev/tcp/late/${PORT}; else nc late ${PORT}; fi`;

interface Line {
  readonly type: string;
  readonly time: string;
  readonly output?: string;
}

async function linesOf(words: readonly string[], cwd: string): Promise<Line[]> {
  const child = spawn(PROGRAM, words, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  const text = (await child.stdout.setEncoding('utf8').toArray()).join('');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line): Line => JSON.parse(line));
}

/** Milliseconds from the service's port being open to the start of the step. */
async function stepAfterPort(box: string): Promise<number> {
  const id = `bench-${randomBytes(6).toString('hex')}`;
  const service = late(`gethostbyname('wercker-pipeline-${id}')`);
  const words = [...PERL, `'${service.replaceAll("'", `'"'"'`)}'`].join(' ');
  const services = `services:\n  - { id: "${DEBIAN}", name: late, ready: ${PORT}, cmd: ${JSON.stringify(words)} }`;
  using folder = project({ 'wercker.yml': pipelineOf([ASK], services).replace(BUSYBOX, box) });
  const lines = await linesOf(['build', '--output', 'json', '--run-id', id], folder.folder);
  const printed = lines.filter(({ type }) => type === 'step-output').map(({ output = '' }) => output);
  const opened =
    Number(Buffer.concat(printed.map((piece) => Buffer.from(piece, 'base64'))).toString()) * 1000;
  const started = lines.find(({ type }) => type === 'step-started');
  if (started === undefined || !(opened > 0))
    throw new Error(`the run did not tell its times: ${lines.at(-1)?.type}`);
  return Date.parse(started.time) - opened;
}

/** The same for whoever waits for Docker's health check with an interval of five seconds. */
async function healthyAfterPort(): Promise<number> {
  const check = `bash -c '</dev/tcp/127.0.0.1/${PORT}'`;
  const health = ['--health-cmd', check, '--health-interval', '5s'];
  const id = await docker('run', '-d', ...health, DEBIAN, ...PERL, late('1'));
  try {
    while ((await docker('inspect', '--format', '{{.State.Health.Status}}', id)) !== 'healthy');
    const healthyAt = Date.now();
    const opened = await docker('exec', id, 'bash', '-c', `cat </dev/tcp/127.0.0.1/${PORT}`);
    return healthyAt - Number(opened) * 1000;
  } finally {
    await docker('rm', '-f', id);
  }
}

const ROUNDS = 7;
const PEER_ROUNDS = 3; // five seconds each

/** From a service being ready to the first step, by what the box has to look with, beside a health check. */
export async function readiness(): Promise<Row[]> {
  const bash: number[] = [];
  const nc: number[] = [];
  const health: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bash.push(await stepAfterPort(DEBIAN));
    nc.push(await stepAfterPort(BUSYBOX));
    if (round < PEER_ROUNDS) health.push(await healthyAfterPort());
  }
  const peer = `Docker's health check with an interval of 5 s: ${ms(median(health))}`;
  return [
    {
      figure: "from a service's open port to the step, bash in the box",
      slipway: ms(median(bash)),
      peer,
      target: '≤ 30 ms',
    },
    { figure: 'the same, busybox in the box', slipway: ms(median(nc)), peer, target: '≤ 30 ms' },
  ];
}
