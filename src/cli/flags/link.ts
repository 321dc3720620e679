import type { Flag } from '../flag.ts';
import { OTHER_STORE } from './kept.ts';

export const ARTIFACTS_LINK_FLAGS: readonly Flag[] = [
  {
    name: 'expires',
    value: 'TIME',
    default: '24h',
    about: 'how long the link is good: 90s, 30m, 12h, 7d',
  },
  {
    name: 'server',
    value: 'URL',
    default: 'http://127.0.0.1:8091',
    variable: 'SLIPWAY_SERVER',
    about: 'address of the download server that the link leads to',
  },
  {
    name: 'link-key-file',
    value: 'FILE',
    variable: 'SLIPWAY_LINK_KEY_FILE',
    about:
      'keys that the server checks links with (default: link.key in the data folder, made when it is not there)',
  },
  { name: 'file', value: 'PATH', about: 'only this file or folder of the artifact' },
  {
    name: 'as',
    value: 'FORMAT',
    choices: ['zip', 'tar', 'tar.gz'],
    about: 'the artifact, or a folder in it, as an archive of that kind',
  },
  ...OTHER_STORE,
];

export const ARTIFACTS_OPEN_FLAGS: readonly Flag[] = [
  { name: 'browser', on: true, about: 'show the page in the browser, where there is a desktop' },
  ...OTHER_STORE,
];
