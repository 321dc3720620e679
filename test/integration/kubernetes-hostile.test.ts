import { expect, it } from 'vitest';
import { describeInCluster, recordProgress } from '../support/cluster-builds.ts';
import { USER } from '../support/registry.ts';

const forever = new AbortController().signal;
const SECRET = USER.password;
const SECRET_BASE64 = Buffer.from(`${USER.username}:${SECRET}`).toString('base64');

/** What a stranger's requirement might run: all that it can read of every process is looked through for the words. */
const SEARCH = `
has() { timeout 2 grep -a -q -s -F -e "$2" -e "$3" -e "$4" "$1" 2>/dev/null; }
find / -xdev -type f ! -path '/proc/*' ! -path '/sys/*' 2>/dev/null > /tmp/files
while read -r file; do has "$file" "$@" && echo "found in $file"; done < /tmp/files
for process in /proc/[0-9]*; do
  name=$(tr '\\0' ' ' 2>/dev/null < "$process/cmdline" | head -c 40)
  case $name in *"/search"* | *grep* | '') continue ;; *) echo "sees $name" ;; esac
  for file in environ root/home/user/.docker/config.json root/proc/1/environ cwd/config.json; do
    has "$process/$file" "$@" && echo "found in $process/$file"
  done
  for file in "$process"/fd/* "$process"/map_files/*; do
    [ -f "$file" ] && has "$file" "$@" && echo "found in $file"
  done
  ls "$process/root/" >/dev/null 2>&1 && echo "looks into $name"
done
echo "searched as $(id -u)"
`;

describeInCluster('a hostile requirement in a real cluster', ({ builds, base }) => {
  it('is built by a pod that has no privilege, no token and limits', async () => {
    const backend = await builds().open();
    const work = await builds().work(`FROM ${base()}\nRUN echo here it is; sleep 600\n`);
    const progress = recordProgress();
    const stop = new AbortController();
    const built = backend.build(work, progress, stop.signal);
    built.catch(() => {}); // it is cancelled
    await expect.poll(progress.text, { timeout: 60_000 }).toMatch(/\d here it is/);
    const [pod] = builds().cluster.list('pods', '-l', `slipway.dev/build-id=${work.id}`);
    stop.abort(new Error('enough seen'));
    await expect(built).rejects.toThrow('enough seen');
    expect(pod?.spec).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, runAsUser: 1000 },
      containers: [{ securityContext: { privileged: false }, resources: { limits: { memory: '2Gi' } } }],
    });
    expect(JSON.stringify(pod?.spec)).not.toMatch(
      /hostPath|hostNetwork|hostPID|hostIPC|kube-api-access|default-token/,
    );
  });

  it('does not find the login for the registry in files, processes and environment', async () => {
    const backend = await builds().open();
    const words = ['all hands', SECRET_BASE64.slice(0, 12), 'auths'];
    const dockerfile = [
      `FROM ${base()}`,
      'USER root',
      'COPY search decoy /',
      `RUN ${JSON.stringify(['sh', '/search', ...words])}`,
      '',
    ].join('\n');
    const files = { search: SEARCH, decoy: `a ${SECRET} that it is meant to find\n` };
    const work = await builds().work(dockerfile, { context: { dockerfile, files } });
    const progress = recordProgress();
    await backend.build(work, progress, forever);
    const said = [
      ...progress.text().matchAll(/^#\d+ [\d.]+ ((?:found in|sees|looks into|searched) .*)$/gm),
    ].map(([, line = '']) => line.trim());
    expect(said.filter((line) => !line.startsWith('sees '))).toEqual(['found in /decoy', 'searched as 0']);
    // It shares the pod's processes, so it could look where it sees.
    expect(said).toEqual(expect.arrayContaining([expect.stringMatching(/^sees .*buildkitd/)]));
  });
});
