export { createReporter, type Reporter, type ReporterOptions, reportAddress } from './reporter.ts';
