/** `/runs`: the runs that are recorded here. */
export const Runs = () => <h1>Runs</h1>;
