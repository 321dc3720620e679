import { expect, it } from 'vitest';
import { askedForScrape } from './asked-for-scrape.ts';

it('a scrape does not wait for a database that is away, and further ones ask it nothing more until it has answered', async () => {
  const answers: PromiseWithResolvers<number>[] = [];
  const counts = askedForScrape(() => {
    const answer = Promise.withResolvers<number>();
    answers.push(answer);
    return answer.promise;
  }, 1);
  expect(await Promise.all([counts(), counts()])).toEqual([undefined, undefined]);
  expect(await counts()).toBeUndefined();
  expect(answers).toHaveLength(1);
  answers[0]?.reject(new Error('gone'));
  await answers[0]?.promise.catch(() => undefined);
  await expect.poll(() => counts().then(() => answers.length)).toBe(2);
  const [first, second] = [counts(), counts()];
  answers[1]?.resolve(7);
  expect(await Promise.all([first, second])).toEqual([7, 7]);
});
