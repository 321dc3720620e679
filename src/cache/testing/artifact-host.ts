import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runReceiver } from '../receive/program.ts';
import { initRepository } from '../repository/init-repository.ts';
import type { RepositorySettings } from '../repository/repository.ts';
import type { Connection } from './original-client.ts';
import { ostree } from './ostree-artifact.ts';

/** A receiver in this process, as sshd would start it. */
export interface HostedReceiver extends Connection {
  /** All that it said on its standard error, when it has ended. */
  readonly said: Promise<string>;
}

/** A home folder with a repository in it; dispose it to remove both. */
export interface ArtifactHost extends Disposable {
  readonly repository: string;
  /** Starts a receiver of that repository with these flags. */
  receive(...flags: readonly string[]): HostedReceiver;
  /** Throws where the real `ostree` finds anything wrong, or something is left of a push; gives the refs that there are. */
  check(): string[];
  /** The commit of a ref, as the real `ostree` reads it. */
  commitOf(ref: string): string;
}

export async function createArtifactHost(settings: Partial<RepositorySettings> = {}): Promise<ArtifactHost> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-artifact-host-'));
  const repository = join(home, 'artifacts');
  await initRepository(repository, settings);
  return {
    repository,
    receive: (...flags) => startHosted(home, [...flags, 'artifacts']),
    check: () => checkRepository(repository),
    commitOf: (ref) => ostree('rev-parse', `--repo=${repository}`, ref).trim(),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** The same for any repository. */
export function checkRepository(repository: string): string[] {
  ostree('fsck', '--quiet', `--repo=${repository}`);
  const left = readdirSync(join(repository, 'tmp')).filter((name) => name !== 'cache');
  if (left.length > 0) throw new Error(`left in tmp/: ${left.join(', ')}`);
  const refs = linesOf(ostree('refs', `--repo=${repository}`));
  const listed = [...ostree('summary', '--view', `--repo=${repository}`).matchAll(/^\* (\S+)$/gm)].map(
    ([, ref]) => ref,
  );
  if (refs.join() !== listed.join())
    throw new Error(`refs: ${refs.join(', ')}; in the summary: ${listed.join(', ')}`);
  return refs;
}

const linesOf = (lines: string): string[] => lines.split('\n').filter(Boolean).toSorted();

function startHosted(home: string, words: readonly string[]): HostedReceiver {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const exit = runReceiver({ words, environment: { HOME: home }, stdin, stdout, stderr }).finally(() => {
    stdin.destroy();
    stdout.end();
    stderr.end();
  });
  return {
    exit,
    said: text(stderr),
    input: stdout,
    end: () => stdin.end(),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stdin.write(bytes, (error) => (error == null ? resolve() : reject(error)));
      }),
  };
}
