import type { BackupSource, LeftOut } from '../../backup/index.ts';
import type { Repository } from '../../cache/index.ts';
import type { Database } from '../../database/index.ts';
import type { CommandContext } from '../command.ts';
import { dataFolder } from '../data-folder.ts';
import type { KeptStores } from '../kept-stores.ts';
import { linkKeyFile } from '../link-keys.ts';
import { versionText } from '../version.ts';

export interface BackupSourceParts {
  readonly kept: KeptStores;
  readonly repository: Repository;
  readonly database: Pick<Database, 'kind' | 'name' | 'copyTo'> | undefined;
  /** Absent: there is none. */
  readonly clientsFile: string | undefined;
}

/** All that a server keeps, as its settings say. */
export function backupSource(
  context: CommandContext,
  { kept, repository, database, clientsFile }: BackupSourceParts,
): BackupSource {
  const other = kept.all.at(-1) ?? kept.data;
  const isFolder = other.name.startsWith('the folder');
  return {
    dataFolder: dataFolder(context.environment, context.currentFolder),
    ...(database !== undefined && { database }),
    store: kept.data,
    ...(other !== kept.data && isFolder && { artifactStore: other }),
    repository,
    files: [
      { path: 'link.key', file: linkKeyFile(context) },
      ...(clientsFile === undefined ? [] : [{ path: 'clients.yml', file: clientsFile }]),
    ],
    leftOut: [
      ...leftOutDatabase(database),
      ...(isFolder ? [] : [leftOutBucket(other.name)]),
      ...(repository.settings.objects === undefined ? [] : [leftOutBucket(repository.settings.objects)]),
      CERTIFICATES,
    ],
    version: versionText(),
    // Records of runs, and manifests: `docs/contracts/pipeline.md`.
    leads: (key) => key.startsWith('runs/') || key.endsWith('.manifest.json'),
    now: Date.now,
  };
}

const CERTIFICATES: LeftOut = {
  what: 'the configuration file, certificates, and token files that clients name',
  why: 'they are not in the data folder: keep them where the rest of the machine is described',
};

const leftOutDatabase = (database: BackupSourceParts['database']): LeftOut[] =>
  database?.kind === 'postgres'
    ? [
        {
          what: `the database ${database.name}`,
          why: 'pg_dump, or a base backup with its log, takes it; take it before this backup, so that all it leads to is in it (docs/backup.md)',
        },
      ]
    : [];

const leftOutBucket = (name: string): LeftOut => ({
  what: `the objects in ${name}`,
  why: 'a bucket keeps its own: switch on its versioning, or copy it to another one',
});
