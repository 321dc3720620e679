import { describe, expect, it } from 'vitest';
import { EngineError } from '../../engine/index.ts';
import { explainPush, explainSource } from './explain.ts';

describe('an address that is no registry’s', () => {
  const message = `Get "http://10.0.0.1/v2/": error parsing HTTP 404 response body: invalid character '<' looking for beginning of value: "<html>\nthe key of the cloud</html>"`;

  it.each([
    ['a source', () => explainSource(new EngineError('REGISTRY', message), '10.0.0.1/a:1')],
    ['a target', () => explainPush(new EngineError('REGISTRY', message))],
  ])('gives nothing of what answers there as %s', (_, explain) => {
    const said = String(explain());
    expect(said).toContain('error parsing HTTP 404 response body: what answers there is no registry');
    expect(said).not.toContain('the key of the cloud');
  });
});
