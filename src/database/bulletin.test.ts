import { expect, it } from 'vitest';
import { openBulletin } from './bulletin.ts';
import type { Database } from './database.ts';

it('says what waits for its turn when it ends', () => {
  const told: string[] = [];
  const database: Pick<Database, 'notify' | 'listen'> = {
    notify: (_channel, payload) => void told.push(payload),
    listen: () => ({ [Symbol.dispose]: () => undefined }),
  };
  const heard: (string | undefined)[] = [];
  const bulletin = openBulletin(database, 'news', (name) => heard.push(name));
  for (const name of ['first', 'second', 'third']) bulletin.tell(name);
  bulletin[Symbol.dispose]();
  expect(heard).toEqual(['first', 'second', 'third']);
  expect(told.flatMap((payload) => payload.split('\n').slice(1))).toEqual(['first', 'second', 'third']);
});
