import type { Flag } from '../flag.ts';

export const DOCKER: readonly Flag[] = [
  {
    name: 'docker-host',
    value: 'URL',
    variable: 'DOCKER_HOST',
    about: 'engine to use: unix:///path or tcp://host:port',
  },
  {
    name: 'docker-tls-verify',
    value: '0|1',
    default: '0',
    variable: 'DOCKER_TLS_VERIFY',
    about: 'talk TLS to the engine when 1',
  },
  {
    name: 'docker-cert-path',
    value: 'DIR',
    variable: 'DOCKER_CERT_PATH',
    about: 'folder with ca.pem, cert.pem and key.pem',
  },
  {
    name: 'pull',
    value: 'POLICY',
    choices: ['missing', 'always', 'never'],
    default: 'missing',
    about: 'when images are pulled',
  },
  { name: 'docker-local', about: 'the same as --pull never' },
  { name: 'checkpoint', value: 'NAME', about: 'go on behind the step that made this checkpoint' },
  {
    name: 'docker-dns',
    value: 'ADDRESS',
    repeat: true,
    variable: 'DOCKER_DNS',
    hidden: true,
    about: 'name server for the containers',
  },
  { name: 'docker-memory', value: 'MB', hidden: true, about: 'memory for box and services together' },
  { name: 'docker-memory-swap', value: 'MB', hidden: true, about: 'memory and swap together' },
  { name: 'docker-cpu-period', value: 'N', hidden: true, about: 'ignored' },
  { name: 'docker-cpu-quota', value: 'N', hidden: true, about: 'ignored' },
  { name: 'docker-memory-reservation', value: 'MB', hidden: true, about: 'ignored' },
  { name: 'docker-kernel-memory', value: 'MB', hidden: true, about: 'ignored' },
  {
    name: 'docker-network',
    value: 'NAME',
    hidden: true,
    about: 'an existing network instead of one for the run',
  },
];
