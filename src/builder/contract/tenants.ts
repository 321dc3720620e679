import { describe, expect, it } from 'vitest';
import type { ContractRig } from './rig.ts';

export function describeTenants(rig: ContractRig): void {
  describe('a user', () => {
    it('does not see what builds of others keep', async () => {
      const word = 'of-alice';
      const script = `ls -a /dev/slipway/cache; echo ${word} > /dev/slipway/cache/${word}; ls -l /dev/slipway`;
      await rig.build(await rig.work(`${script} # one`)).outcome;
      const { outcome, text } = rig.build(await rig.work('ls -aR /dev/slipway/cache', { user: 'bob' }));
      await outcome;
      expect(text()).not.toContain(word);
    });

    it('reaches neither what builds images nor where it runs', async () => {
      const looks = [
        'ls /var/run/docker.sock /run/docker.sock /run/buildkit /run/user/1000/buildkit 2>&1',
        'ls /var/run/secrets/kubernetes.io /root/.docker /home/user/.docker 2>&1',
        'ls /run/secrets 2>&1',
        'cat /proc/mounts | grep -c "/var/lib/kubelet\\|docker.sock"',
        'true',
      ];
      const { outcome, text } = rig.build(await rig.work(looks.join('; ')));
      await outcome;
      const found = text().match(/^#\d+ [\d.]+ (?:\/\S+|config\.json|token|\S*\.sock)$/gm);
      expect(found).toBeNull();
    });
  });

  describe('where images go', () => {
    it('is what the operator said, and users cannot change it with a name that is no name', async () => {
      const { pushHost, pullHost, credentials } = await rig.backend.destination({}, 'alice');
      expect([pushHost, pullHost]).not.toContain('');
      expect(credentials?.password).toBe(rig.parts.password);
      const other = await rig.backend.destination({ REGISTRY_HOST: 'elsewhere.example' }, 'alice');
      expect(other.pushHost).toBe(pushHost);
    });

    it('has the login that a user wrote down, for the same host', async () => {
      const { pushHost, credentials } = await rig.backend.destination(
        { REGISTRY_SECRET: 'me:my word' },
        'alice',
      );
      expect(pushHost).toBe((await rig.backend.destination({}, 'alice')).pushHost);
      expect(credentials).toEqual({ username: 'me', password: 'my word' });
    });

    it.each(['me:two:colons', ':', 'me:', '../../etc/passwd', 'nobodys-secret', 'a/b', '$(id)', 'a\nb'])(
      'is refused with the secret %j',
      async (secret) => {
        await expect(rig.backend.destination({ REGISTRY_SECRET: secret }, 'alice')).rejects.toMatchObject({
          reason: 'registry-refused',
        });
      },
    );
  });

  it('says what it is, and that it can build', async () => {
    const { isWell, about } = await rig.backend.check();
    expect({ isWell, about }).toEqual({ isWell: true, about: expect.stringMatching(/\w/) });
  });
}
