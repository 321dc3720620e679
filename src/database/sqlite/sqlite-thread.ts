// The thread that has a SQLite file open: statements and fsync happen here, so that the event loop of the program stays free.
import { backup, type DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { DatabaseError } from '../error.ts';
import { describeError } from './describe-error.ts';
import { openFile } from './open-file.ts';
import type { Copied, CopyOrder, Group, Opened, SentError, ThreadStart } from './protocol.ts';
import { createGroupRunner } from './run-group.ts';

function sentError(file: string, error: unknown): SentError {
  if (!(error instanceof DatabaseError)) return describeError(file, error);
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

// Four MiB in one go: what is asked meanwhile waits for no more than that.
const PAGES_AT_ONCE = 1000;

/** Writes of this connection go into the copy as well while it is made: it never begins anew. */
async function copy(database: DatabaseSync, file: string): Promise<Copied> {
  try {
    await backup(database, file, { rate: PAGES_AT_ONCE });
    return {};
  } catch (error) {
    return { error: sentError(file, error) };
  }
}

function main({ file, migrations }: ThreadStart): Opened {
  try {
    const database = openFile(file, migrations);
    const run = createGroupRunner(database, file);
    let copying: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await copying;
      database.close();
      parentPort?.close();
    };
    parentPort?.on('message', (message: Group | CopyOrder | 'close') => {
      if (message === 'close') return void close();
      if (!('copyTo' in message)) return parentPort?.postMessage(run(message));
      copying = copy(database, message.copyTo).then((copied) => parentPort?.postMessage(copied));
    });
    return {};
  } catch (error) {
    return { error: sentError(file, error) };
  }
}

parentPort?.postMessage(main(workerData));
