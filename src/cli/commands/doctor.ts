import { visibleText } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import type { Check, CheckedFinding, CheckState, Patient } from '../doctor/check.ts';
import { CLIENTS, TLS } from '../doctor/checks/access.ts';
import { BUILD_NETWORK } from '../doctor/checks/build-network.ts';
import { CLOCKS } from '../doctor/checks/clocks.ts';
import { DATA_FOLDER } from '../doctor/checks/data-folder.ts';
import { ENGINE } from '../doctor/checks/engine.ts';
import { LIMITS, NODE, PORT } from '../doctor/checks/machine.ts';
import { REGISTRY } from '../doctor/checks/registry.ts';
import { CACHE, DATABASE, STORE } from '../doctor/checks/storage.ts';
import { readPatient } from '../doctor/read-patient.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createStyle, usesColour } from '../render/style.ts';

const OF_THE_MACHINE: readonly Check<unknown>[] = [NODE, LIMITS];
const OF_THE_SERVER: readonly Check[] = [
  ...[DATA_FOLDER, DATABASE, STORE, CACHE],
  ...[ENGINE, REGISTRY, BUILD_NETWORK, CLOCKS],
  ...[PORT, TLS, CLIENTS],
];

const TIMEOUT_MS = 10_000;

/** `slipway doctor` */
export async function doctor(context: CommandContext): Promise<number> {
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => process.exit(1) });
  const shared = { timeoutMs: TIMEOUT_MS, signal: interrupts.signal };
  const { configuration, patient } = await readPatient(context);
  const [machine, server] = await Promise.all([
    runChecks(OF_THE_MACHINE, { ...shared, patient: undefined }),
    patient === undefined ? [] : runChecks<Patient>(OF_THE_SERVER, { ...shared, patient }),
  ]);
  const findings = [...machine, configuration, ...server];
  show(context, findings);
  return findings.some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.passed;
}

const PAINT = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;
const WORD_WIDTH = 8;

function show(context: CommandContext, findings: readonly CheckedFinding[]): void {
  const { stdout } = context;
  if (wantsJson(context)) {
    for (const finding of findings) stdout.write(commandLine('checked', finding));
    return;
  }
  const style = createStyle(usesColour(stdout, context));
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { state, name, found, hint } of findings) {
    const words = style(state.padEnd(WORD_WIDTH), PAINT[state]);
    const [first = '', ...more] = found.split('\n').map(visibleText);
    stdout.write(`${words} ${name.padEnd(width)}  ${first}\n`);
    const below = hint === undefined ? more : [...more, visibleText(hint)];
    for (const line of below) stdout.write(`${' '.repeat(WORD_WIDTH + width + 3)}${line}\n`);
  }
  stdout.write(`${summary(findings)}\n`);
}

function summary(findings: readonly CheckedFinding[]): string {
  const count = (wanted: CheckState): number => findings.filter(({ state }) => state === wanted).length;
  const [bad, doubtful] = [count('failed'), count('warning')];
  if (bad > 0) return `${bad} failed, ${doubtful} to look at.`;
  return doubtful > 0 ? `A server can start; ${doubtful} to look at.` : 'A server can start.';
}
