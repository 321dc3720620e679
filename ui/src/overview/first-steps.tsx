/** What an empty server says: the three commands after which it is not, or two where a worker is there already. */
export const FirstSteps = ({ hasWorker }: { readonly hasWorker: boolean }) => (
  <section class="first-steps panel" aria-labelledby="first-steps-title">
    <h2 id="first-steps-title">
      Nothing has run here yet. {hasWorker ? 'Two' : 'Three'} commands change that:
    </h2>
    <ol>
      {!hasWorker && (
        <li>
          <p>On a machine with a Docker Engine, start a worker of this server’s queue:</p>
          <pre>
            <code>{`slipway worker start --root-url ${window.location.origin} --queue local/docker --worker-group local --worker-id one`}</code>
          </pre>
        </li>
      )}
      <li>
        <p>
          In a project’s folder, write a <code>wercker.yml</code> for what is there:
        </p>
        <pre>
          <code>slipway init</code>
        </pre>
      </li>
      <li>
        <p>There too, run its pipeline on the worker, and look here meanwhile:</p>
        <pre>
          <code>{`slipway submit build --root-url ${window.location.origin}`}</code>
        </pre>
      </li>
    </ol>
    <p class="dim small">
      Where people have to sign in, both ask for <code>TASKCLUSTER_CLIENT_ID</code> and{' '}
      <code>TASKCLUSTER_ACCESS_TOKEN</code>.
    </p>
  </section>
);
