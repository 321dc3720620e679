import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { currentOwner, isGone, type Owner } from './owner.ts';

/** The fields of a process from its state on. */
const statOf = (pid: number): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

function ownerOf(pid: number): Owner {
  const { host, process } = currentOwner();
  const [boot, namespace] = process.split('.');
  return { host, process: [boot, namespace, pid, statOf(pid)[19]].join('.') };
}

it('tells who lives', () => {
  expect(isGone(currentOwner())).toBe(false);
  expect(isGone(ownerOf(process.ppid))).toBe(false);
});

it('tells that one is gone whose id is used by somebody else, or that was there before the machine started', () => {
  const { host, process: own } = currentOwner();
  const [boot = '', namespace, pid, start] = own.split('.');
  expect(isGone({ host, process: [boot, namespace, pid, `${start}0`].join('.') })).toBe(true);
  expect(isGone({ host, process: ['0000', namespace, pid, start].join('.') })).toBe(true);
});

it('tells that one is gone that was killed, though nobody has asked how it ended', async () => {
  // Whoever becomes the parent of what is killed in a container without an init never asks.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const pid = Number(line);
  const owner = ownerOf(pid);
  // Until it has become the other program, the shell would still ask.
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
  expect(isGone(owner)).toBe(false);
  // A shell that still is one would ask.
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => statOf(pid)[0]).toBe('Z');
  expect(isGone(owner)).toBe(true);
});
