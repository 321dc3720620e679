import type { RegistryCredentials } from '../engine.ts';

/** An image: a folder with its files, and how containers made of it run. */
export interface FakeImage {
  /** A folder whose content becomes the container's root. Absent: busybox with the usual folders. */
  readonly folder?: string;
  readonly entrypoint?: readonly string[];
  /** @defaultValue `['sh']` */
  readonly command?: readonly string[];
  readonly user?: string;
  /** `NAME=value` each. @defaultValue `['PATH=/usr/local/bin:/bin']` */
  readonly environment?: readonly string[];
  /** `6379/tcp` each. */
  readonly exposedPorts?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly healthCheck?: readonly string[];
  readonly workingDir?: string;
  readonly volumes?: readonly string[];
  readonly stopSignal?: string;
}

/** What a registry gives to those who may have it. */
export interface FakeRegistryImage extends FakeImage {
  /** Absent: anybody may pull it. */
  readonly credentials?: Pick<RegistryCredentials, 'username' | 'password'>;
}

export interface FakeEngineOptions {
  /** Where its own folder is made. @defaultValue the system's folder for temporary files */
  readonly folder?: string;
  /** Local images by name. @defaultValue `localhost/slipway-busybox:1` */
  readonly images?: Readonly<Record<string, FakeImage>>;
  /**
   * What can be pulled, by name with host and tag. Other names on a host that occurs here are not found; any other
   * host cannot be reached.
   */
  readonly registry?: Readonly<Record<string, FakeRegistryImage>>;
  /** Hosts to which images can be pushed, and from which they can then be pulled. */
  readonly pushHosts?: Readonly<Record<string, FakePushHost>>;
}

/** An image in a registry that takes some. */
export interface FakePushedImage {
  readonly digest: string;
  readonly id: string;
  readonly image: FakeImage;
}

/** A registry that takes images. */
export interface FakePushHost {
  /** Absent: anybody may push. */
  readonly credentials?: Pick<RegistryCredentials, 'username' | 'password'>;
}
