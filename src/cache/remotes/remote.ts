/** Where artifacts are pulled from and pushed to: one cache of the configuration, in its order. */
export interface RemoteCache {
  /** As the configuration wrote it, without credentials, for messages. */
  readonly name: string;
  /**
   * `http(s)://…`, which may hold credentials and so is never printed, or the absolute folder of a repository. Absent:
   * nothing is pulled from it, or `ask` says where it is.
   */
  readonly pullUrl?: string;
  /** Absent: nothing is pushed to it. */
  readonly push?: PushTarget;
  /** The receiver whose answer has the pull address, as 1.0 has it; only where `pullUrl` is absent. */
  readonly ask?: PushTarget;
}

/** A receiver behind ssh, or a repository on this machine. */
export type PushTarget =
  | {
      readonly type: 'ssh';
      readonly host: string;
      /** Absent: whom ssh's own configuration says. */
      readonly user?: string;
      /** Absent: what ssh's own configuration says, else 22. */
      readonly port?: number;
      /** As the receiver is told it; a forced command ignores it. */
      readonly path: string;
    }
  | { readonly type: 'folder'; readonly folder: string };
