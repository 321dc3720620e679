// Runs the static checks (npm run check): format and lint, types, unused code. Exit 1 where one fails.
import { runChecks } from './checks.ts';

const failed = await runChecks();
if (failed.length > 0) {
  console.log(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
