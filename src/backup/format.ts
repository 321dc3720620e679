/**
 * What a backup is: a tar of files, among them these of its own. `slipway-backup.json` comes first. `manifest/000001.jsonl` and
 * so on come between the others, each with a line for every file since the one before, in their order, so that neither who
 * writes nor who reads holds all of them in memory. `manifest.json` comes last: without it a backup is not complete.
 *
 * `database/queue.db` is the database. What is below `data/` are files as they were in the data folder, what is below `cache/`
 * those of the repository of the artifact cache. What is below `store/` and `artifact-store/` are objects by their key; what a
 * store knows of them beside their bytes comes before them, in `facts/store/000001.jsonl`.
 */
export const FORMAT_VERSION = 1;

/** No more files come before their lines: few parts are made then, and neither side holds more than a megabyte. */
export const LINES_AT_ONCE = 5000;

export const HEAD_PATH = 'slipway-backup.json';
export const END_PATH = 'manifest.json';
export const DATABASE_PATH = 'database/queue.db';
export const MANIFEST_FOLDER = 'manifest/';
export const FACTS_FOLDER = 'facts/';

/** Where the parts of a server are in a backup; each ends with a slash. */
export const AREAS = {
  data: 'data/',
  cache: 'cache/',
  store: 'store/',
  artifactStore: 'artifact-store/',
} as const;

/** What was not taken, and why or what does that instead. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** The first file. */
export interface BackupHead {
  readonly format: 'slipway-backup';
  readonly version: typeof FORMAT_VERSION;
  /** Of the program. */
  readonly program: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly database: 'sqlite' | 'postgres' | 'none';
  readonly leftOut: readonly LeftOut[];
}

/** A line of the manifest: a file, or one before it that is no part of the backup after all. */
export type ManifestLine = FileLine | DroppedLine;

export interface FileLine {
  readonly path: string;
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Of a file as it was: permissions, and when it was written, in milliseconds since the epoch. */
  readonly mode?: number;
  readonly modifiedAt?: number;
}

/** It was removed while the backup was taken, and what it needs may be missing. */
export interface DroppedLine {
  readonly dropped: string;
}

/** What is known of an object beside its bytes, before it. */
export interface FactsLine {
  readonly key: string;
  readonly mediaType?: string;
  readonly expiresAt?: number;
}

/** The last file. */
export interface BackupEnd {
  readonly files: number;
  readonly sizeBytes: number;
  readonly dropped: number;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Of all lines of the manifest, in hex. */
  readonly sha256: string;
}

export const numbered = (folder: string, number: number): string =>
  `${folder}${String(number).padStart(6, '0')}.jsonl`;
