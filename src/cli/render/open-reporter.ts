import { createReporter, reportAddress } from '../../reporter/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import type { Output } from './output.ts';

/** A server that hangs holds up the end of a run no longer than this. */
const END_MS = 5000;

/** The reporter that `--report` asks for. `onTrouble` is told once what did not arrive. Throws `UsageError`. */
export function openReporter(
  { flags }: CommandContext,
  onTrouble: (text: string, runId: string) => void,
): Output {
  const token = flags.text('wercker-token');
  if (!token) throw new UsageError('Invalid options: wercker-token is required with --report');
  const host = flags.text('wercker-host');
  if (!host) throw new UsageError('Invalid options: wercker-host is required with --report');
  const address = reportAddress(host);
  if (!address.ok) throw new UsageError(`--wercker-host: ${address.error}`);
  let runId = '';
  const reporter = createReporter({
    address: address.value,
    token,
    onTrouble: (text) => onTrouble(text, runId),
  });
  return {
    see(event) {
      runId = event.runId;
      reporter.see(event);
    },
    close: ({ atOnce }) => reporter.close(atOnce ? 0 : END_MS),
  };
}
