import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Nothing else is imported before: what follows is compiled once per version, not once per start.
const cacheHome = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
enableCompileCache(join(cacheHome, 'slipway', 'compiled'));

const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
