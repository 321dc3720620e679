/** What a kind does to an image that brings no extension command of its own. */
export interface Installer {
  /** Tells the kind's tools where to keep what they download; also for an image's own extension command. */
  readonly caches: string;
  /** Tells the kind's tools of `$trusted` (the image's certificates and ours in one file); absent where the common ones do. */
  readonly trust?: string;
  /** Installs `$file`; `$work` is an empty folder on the image's own file system that is removed afterwards. */
  readonly install: string;
  /** By name, what else the context has, from the requirement file's text: programs that `install` calls. */
  readonly files?: (requirements: string) => Readonly<Record<string, string>>;
}
