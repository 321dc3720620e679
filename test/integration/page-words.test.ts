import { expect, it } from 'vitest';
import { KINDS } from '../../src/builder/kinds/index.ts';
import { PRIORITIES, SLUGID } from '../../src/queue-api/index.ts';
import { MESSAGE } from '../../src/worker/features/shell/message-code.ts';
import { KINDS as PAGE_KINDS } from '../../ui/src/images/build-form.ts';
import { PRIORITIES as PAGE_PRIORITIES } from '../../ui/src/new-task/draft.ts';
import { isTaskId, newTaskId } from '../../ui/src/new-task/task-id.ts';
import { MESSAGE as PAGE_MESSAGE } from '../../ui/src/shell/messages.ts';

// The page is a program of its own, which shares no code with the server: what both have to know is compared here.

it('the page knows the codes of a shell that the worker sends', () => {
  expect(PAGE_MESSAGE).toEqual(MESSAGE);
});

it('the page knows the kinds of the image builder, and their files', () => {
  expect(PAGE_KINDS).toEqual(
    Object.fromEntries([...KINDS].map(([name, { requirementFile }]) => [name, requirementFile])),
  );
});

it('the page knows the priorities of tasks', () => {
  expect([...PAGE_PRIORITIES].reverse()).toEqual(PRIORITIES);
});

it('task ids that the page makes are those that the queue takes', () => {
  for (let i = 0; i < 200; i += 1) {
    const id = newTaskId();
    expect(id).toMatch(SLUGID);
    expect(isTaskId(id)).toBe(true);
    expect(id).toMatch(/^[A-Za-z]/);
  }
});
