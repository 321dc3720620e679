// The thread that has a SQLite file open: statements and fsync happen here, so that the event loop of the program stays free.
import { parentPort, workerData } from 'node:worker_threads';
import { DatabaseError } from '../error.ts';
import { describeError } from './describe-error.ts';
import { openFile } from './open-file.ts';
import type { Group, Opened, SentError, ThreadStart } from './protocol.ts';
import { createGroupRunner } from './run-group.ts';

function sentError(file: string, error: unknown): SentError {
  if (!(error instanceof DatabaseError)) return describeError(file, error);
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

function main({ file, migrations }: ThreadStart): Opened {
  try {
    const database = openFile(file, migrations);
    const run = createGroupRunner(database, file);
    parentPort?.on('message', (group: Group | 'close') => {
      if (group !== 'close') return parentPort?.postMessage(run(group));
      database.close();
      parentPort?.close();
    });
    return {};
  } catch (error) {
    return { error: sentError(file, error) };
  }
}

parentPort?.postMessage(main(workerData));
