import type { Flag } from '../flag.ts';
import { OTHER_STORE } from './kept.ts';

export const ARTIFACTS_GET_FLAGS: readonly Flag[] = [
  {
    name: 'to',
    value: 'FILE',
    about:
      'where it goes: a file, a folder that is there, or "-" for standard output (default: its own name, here)',
  },
  { name: 'unpack', value: 'DIR', about: 'unpack it into this folder, which must be empty or missing' },
  { name: 'force', short: 'f', about: 'replace a file that is there, or unpack over what is there' },
  { name: 'file', value: 'PATH', about: 'only this file of the artifact; with --as only this folder' },
  {
    name: 'as',
    value: 'FORMAT',
    choices: ['zip', 'tar', 'tar.gz'],
    about: 'the artifact, or a folder in it, as an archive of that kind',
  },
  { name: 'connections', value: 'N', default: '4', about: 'how many parts are fetched at a time' },
  {
    name: 'server',
    value: 'URL',
    variable: 'SLIPWAY_SERVER',
    about: 'get RUN from the download server at this address instead of the stores of this machine',
  },
  {
    name: 'token-file',
    value: 'FILE',
    variable: 'SLIPWAY_TOKEN_FILE',
    about: 'a file with the token that the server wants',
  },
  {
    name: 'stall-timeout',
    value: 'SECONDS',
    default: '30',
    hidden: true,
    about: 'how long nothing may come before it is tried again',
  },
  ...OTHER_STORE,
];
