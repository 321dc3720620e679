/** Who we are for the API server. */
export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  /** PEM. */
  readonly cert?: string;
  /** PEM. */
  readonly key?: string;
}

/** Where an identity comes from; tokens run out, so it is asked for with each call. */
export interface IdentitySource {
  /** The same object as long as nothing changed. Throws `INVALID_CONFIG`. */
  current(): Promise<Identity>;
  /** The server did not know who it was: the next `current` asks anew. */
  refused(): void;
}

/** How a cluster is reached. */
export interface ClusterAccess {
  /** `https://HOST:PORT/PREFIX`, without a slash at the end. */
  readonly server: string;
  /** For messages: the context of the kubeconfig, or that we are in the cluster. */
  readonly name: string;
  /** The context's own. */
  readonly namespace?: string;
  /** PEM; absent: the authorities that Node knows. */
  readonly ca?: string;
  readonly skipVerification: boolean;
  readonly serverName?: string;
  readonly identity: IdentitySource;
}
