import type { Flag } from '../flag.ts';

export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: 'environment',
    value: 'FILE',
    default: 'ENVIRONMENT',
    variable: 'WERCKER_ENVIRONMENT_FILE',
    about: 'file with more X_ and XXX_ variables; skipped when it is not there',
  },
  {
    name: 'output',
    value: 'FORMAT',
    choices: ['text', 'json'],
    default: 'text',
    about: 'text for people, or json: one event per line on standard output',
  },
  {
    name: 'log-json',
    hidden: true,
    means: { flag: 'output', value: 'json' },
    about: 'the same as --output json',
  },
  { name: 'journal', hidden: true, about: 'ignored' },
  { name: 'wercker-endpoint', value: 'URL', hidden: true, about: 'ignored' },
  { name: 'verbose', about: 'say more of what is done, and print what services print' },
  { name: 'no-colors', about: 'no colour in what Slipway itself says (NO_COLOR does the same)' },
  { name: 'debug', about: 'say all that is done' },
  {
    name: 'base-url',
    value: 'URL',
    default: 'https://app.wercker.com',
    hidden: true,
    about: 'web application in the URL variables',
  },
  {
    name: 'steps-registry',
    value: 'URL',
    default: 'https://steps.wercker.com',
    variable: 'STEPS_REGISTRY',
    hidden: true,
    about: 'registry of steps; empty: the old API at the base URL',
  },
  { name: 'auth-token', value: 'TOKEN', hidden: true, about: 'token for the registry of steps' },
  {
    name: 'auth-token-store',
    value: 'FILE',
    default: '~/.wercker/token',
    hidden: true,
    about: 'file that holds the token',
  },
];
