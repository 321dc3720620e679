import { describe, expect, it } from 'vitest';
import { type BuilderContractOptions, openRig } from './rig.ts';

export function describeBuilding(options: BuilderContractOptions): void {
  describe('building', () => {
    it('takes a request, builds and pushes, and says what became of it', async () => {
      await using rig = await openRig(options);
      const started = await rig.start();
      expect(started).toMatchObject({ state: 'queued', attempts: 0, user: rig.user.login, kind: 'nodejs' });
      const build = await rig.ended(started);
      expect(build).toMatchObject({
        id: started.id,
        key: started.key,
        state: 'succeeded',
        attempts: 1,
        attestation: 'off',
        sourceDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        image: {
          reference: `registry.example.com/${rig.user.login}:web`,
          digest: rig.registry.tags.get(`${rig.user.login}:web`),
        },
      });
      expect(build.phase).toBeUndefined();
      expect(build.reason).toBeUndefined();
      expect(await rig.logOf(build.id)).toContain('installed\n');
    });
  });
}
