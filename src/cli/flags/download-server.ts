import type { Flag } from '../flag.ts';
import { OTHER_STORE } from './kept.ts';

const PORT: Flag = {
  name: 'port',
  value: 'PORT',
  default: '8091',
  variable: 'PORT',
  about: 'port to listen on',
};

const SHARED: readonly Flag[] = [
  {
    name: 'certfile',
    value: 'FILE',
    variable: 'CERT_PEM_FILE',
    about: 'certificate (PEM), with those that lead to its authority behind it; with --keyfile: HTTPS',
  },
  { name: 'keyfile', value: 'FILE', variable: 'KEY_PEM_FILE', about: 'private key of the certificate (PEM)' },
  {
    name: 'root',
    value: 'DIR',
    repeat: true,
    about:
      'folder below which files may be downloaded; may be repeated (default: $WERCKER_RUNNER_STOREPATH, else downloads in the data folder)',
  },
  {
    name: 'drain-timeout',
    value: 'TIME',
    default: '10m',
    about: 'how long downloads may go on after the first SIGTERM or Ctrl-C: 90s, 10m, 2h',
  },
  {
    name: 'require-signed',
    about: "let only signed links, or a token, through to the original's address too",
  },
  {
    name: 'link-key-file',
    value: 'FILE',
    variable: 'SLIPWAY_LINK_KEY_FILE',
    about: 'keys to check links with (default: link.key in the data folder, made when it is not there)',
  },
  {
    name: 'token',
    value: 'TOKEN',
    variable: 'SLIPWAY_DOWNLOAD_TOKEN',
    about: 'what may stand in "Authorization: Bearer" instead of a signed link',
  },
];

/** `slipway download server`: for this machine, unless it is told otherwise. */
export const DOWNLOAD_SERVER_FLAGS: readonly Flag[] = [
  { ...PORT, about: 'port to listen on; 0 takes any' },
  { name: 'host', value: 'ADDRESS', default: '127.0.0.1', about: 'address to listen on; :: is every one' },
  ...SHARED,
  { name: 'public', about: 'show runs and their artifacts to everybody, without signed links' },
  ...OTHER_STORE,
];

/** `runner-download server`: as in a container, whose addresses are all there are. */
export const RUNNER_DOWNLOAD_SERVER_FLAGS: readonly Flag[] = [
  PORT,
  { name: 'host', value: 'ADDRESS', default: '::', about: 'address to listen on; :: is every one' },
  ...SHARED,
];
