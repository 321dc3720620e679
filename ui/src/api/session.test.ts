import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PageSession } from '../../../src/page/wire.ts';
import { ask } from './ask.ts';
import { asksForSignIn, loadSession, session, signIn } from './session.ts';
import { signedOut } from './signed-out.ts';

const MAY = {
  runTasks: false,
  openShells: false,
  buildImages: false,
  manageWorkers: false,
  administer: false,
};
const who = (clientId: string, read: boolean): PageSession => ({
  clientId,
  access: 'closed',
  may: { ...MAY, read },
  version: '1',
});

/** Answers to questions, in the order in which they were asked; each comes when the test says so. */
let answers: ((status: number, body: object) => void)[] = [];

beforeEach(() => {
  answers = [];
  session.value = {};
  signedOut.value = false;
  vi.stubGlobal(
    'fetch',
    () =>
      new Promise((resolve) => {
        answers.push((status, body) => resolve(Response.json(body, { status })));
      }),
  );
});
afterEach(() => void vi.unstubAllGlobals());

it('who looks is whom the question that was asked last says, whichever answer comes last', async () => {
  const questions = [loadSession(), loadSession()];
  answers[1]?.(200, who('alice', true));
  await questions[1];
  answers[0]?.(200, who('nobody', false));
  await questions[0];
  expect(session.value.value?.clientId).toBe('alice');
});

it('who signed in stays signed in, whatever the server still says to who asked before', async () => {
  const before = loadSession();
  const list = ask('/api/x').catch(() => {});
  const signing = signIn({ clientId: 'alice', accessToken: 'of alice' });
  answers[2]?.(200, who('alice', true));
  await signing;
  answers[0]?.(200, who('nobody', false));
  answers[1]?.(401, { message: 'who are you' });
  await Promise.all([before, list]);
  expect(session.value.value?.clientId).toBe('alice');
  expect(asksForSignIn.value).toBe(false);
});
