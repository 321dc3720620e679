import type { BuilderEvents } from '../builder/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** The same events; each build that this server ends is a span too. */
export const traceBuilds = (events: BuilderEvents, telemetry: Telemetry): BuilderEvents => ({
  ...events,
  onEnded(build) {
    events.onEnded?.(build);
    const { startedAt, endedAt, state, reason, message, kind, user } = build;
    if (startedAt === undefined) return;
    const span = telemetry.start('image build', {
      startedAt,
      facts: {
        'slipway.build_id': build.id,
        'slipway.user': user,
        'slipway.runtime_kind': kind,
        'slipway.state': state,
        'slipway.reason': reason,
        'slipway.attempts': build.attempts,
        'container.image.repo_digests': build.image?.digest,
      },
    });
    if (state !== 'succeeded') span.fail(message ?? reason);
    span.end(endedAt);
  },
});
