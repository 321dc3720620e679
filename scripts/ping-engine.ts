// Asks the container engine that Slipway would use whether it is there: exit 0, or 3 with the reason on stderr.
import { enableCompileCache } from 'node:module';

const NO_ANSWER = 3; // told apart from programs that fail themselves: 1 of Node, 69 of scripts/node

enableCompileCache(); // halves the time that this takes
const { EngineError, openEngine } = await import('../src/engine/index.ts');

try {
  await using engine = await openEngine({ environment: process.env });
  await engine.ping();
} catch (error) {
  if (!(error instanceof EngineError)) throw error;
  console.error(error.message);
  process.exitCode = NO_ANSWER;
}
