import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { systemWords } from '../../../kernel/index.ts';
import type { WorkerSettings } from '../../settings.ts';

/**
 * Why nothing may be claimed: live logs are to go over TLS, and certificate or key are missing. `undefined`: all is well.
 */
export async function certificateProblem({ ownSockets }: WorkerSettings): Promise<string | undefined> {
  if (ownSockets === undefined || !ownSockets.secureLiveLog) return undefined;
  const { tls } = ownSockets;
  if (tls === undefined) return 'secure live logs need ssl.certificate and ssl.key';
  for (const file of [tls.certificateFile, tls.keyFile]) {
    try {
      await access(file, constants.R_OK);
    } catch (error) {
      return `secure live logs need ${file}, which cannot be read: ${systemWords(error) ?? String(error)}`;
    }
  }
  return undefined;
}
