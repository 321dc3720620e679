import { runReceiver } from './program.ts';
import { openStandardInput } from './standard-input.ts';

// Whatever sshd's is: another user, the web server, reads what is written here.
process.umask(0o022);
const { argv, env: environment, stdout, stderr } = process;
const stdin = openStandardInput();
process.exitCode = await runReceiver({ words: argv.slice(2), environment, stdin, stdout, stderr });
// A client that asked what is here waits for this end with its own side open.
stdin.destroy();
