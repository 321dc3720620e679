import { type Engine, openEngine } from '../engine/index.ts';
import type { CommandContext } from './command.ts';

/** The engine that flags, variables and the machine's own settings name; nothing is asked of it yet. */
export async function openEngineFor({
  flags,
  environment,
}: Pick<CommandContext, 'flags' | 'environment'>): Promise<Engine> {
  const host = flags.text('docker-host');
  const certPath = flags.text('docker-cert-path');
  return await openEngine({
    environment,
    tlsVerify: flags.text('docker-tls-verify') === '1',
    ...(host === undefined ? {} : { host }),
    ...(certPath === undefined ? {} : { certPath }),
  });
}
