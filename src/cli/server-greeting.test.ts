import { describe, expect, it } from 'vitest';
import type { ServerSettings } from './queue-settings.ts';
import { serverGreeting } from './server-greeting.ts';

const SETTINGS: ServerSettings = {
  database: { type: 'sqlite', file: '/data/queue/queue.db' },
  clientsFile: '/data/clients.yml',
  ownsClients: true,
  access: 'open',
  isLoopback: true,
  trustProxy: false,
  folder: '/data/queue',
};
const URL = 'http://127.0.0.1:8080';

describe('a person who starts a server', () => {
  it('is told where the page is, and that this machine need not sign in', () => {
    expect(serverGreeting(SETTINGS, URL)).toBe(
      `\nThe web page is at ${URL}/\nWhoever is on this machine may do everything there, without signing in.\n\n`,
    );
  });

  it('is told at each start where the clients are that may sign in', () => {
    const closed = { ...SETTINGS, access: 'closed', isLoopback: false } as const;
    expect(serverGreeting(closed, URL)).toContain('Sign in as one of the clients in /data/clients.yml\n');
  });

  it('is told of an open server who else may do everything, at the address that others use', () => {
    const open = { ...SETTINGS, isLoopback: false, rootUrl: 'https://build.example.com' };
    expect(serverGreeting(open, URL)).toBe(
      '\nThe web page is at https://build.example.com/\n' +
        'Whoever reaches this server may do everything there, without signing in.\n\n',
    );
  });
});
